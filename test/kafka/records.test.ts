import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { SupersededError } from '../../src/errors.ts';
import { Cluster, type Topic } from '../../src/kafka/cluster.ts';
import { committedPosition } from '../../src/kafka/committed-position.ts';
import { explainKafka } from '../../src/kafka/errors.ts';
import type { BatchedRecord } from '../../src/kafka/read-batches.ts';
import { readCommitted } from '../../src/kafka/read-committed.ts';
import { encodeHeaders, RecordBatch, type FeedRecord } from '../../src/kafka/record-batch.ts';
import { TransactionalProducer } from '../../src/kafka/transactional-producer.ts';
import { topicsOf } from '../../src/target/topics/names.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { advanceAll, plannedLoad, provision, requestOf, setLoadStage, tearDown } from '../support/loads.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { ROWS, SOURCE } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

const HEADERS = encodeHeaders([['initial-load', 'a-load row']]);
const TIMEOUT_MILLISECONDS = 60_000;
const PER_SECOND = 2_000;
/** By which two clocks of one machine may differ. */
const CLOCK_MILLISECONDS = 20;
/** Not long ago: what is older than a week a broker may delete. */
const NOW = new Date();

let kafka: TestKafka;
let cluster: Cluster;
let topic: Topic;
beforeAll(async () => {
  kafka = await openTestKafka();
  cluster = new Cluster({ brokers: [kafka.server.brokers], security: { kind: 'plaintext' } }, 'test');
});
beforeEach(async () => {
  const name = await kafka.createTopic();
  // A broker may hear of it a moment later.
  let made: Topic | undefined;
  while (!made) made = await cluster.describeTopic(name);
  topic = made;
});
afterAll(async () => {
  await cluster.close();
  await kafka.close();
});

let ids = 0;
const open = (id = `id-${(ids += 1)}`) => TransactionalProducer.open(cluster, id, TIMEOUT_MILLISECONDS);
const group = () => ({ group: `${topic.name}-group`, topic: topic.name, partition: 0 });

function batchOf(records: FeedRecord[]): RecordBatch {
  const batch = new RecordBatch(HEADERS, Buffer.alloc(1_024));
  for (const record of records) batch.add(record);
  return batch;
}
const value = (text: string): FeedRecord => ({ key: null, value: Buffer.from(text) });
const send = (producer: TransactionalProducer, ...texts: string[]) =>
  producer.send(topic, 0, batchOf(texts.map(value)), NOW);
const commit = (producer: TransactionalProducer, chunks: bigint) =>
  producer.commit({ ...group(), offset: chunks, metadata: `after ${chunks}` });

async function read(to: number, from = 0): Promise<BatchedRecord[]> {
  const records: BatchedRecord[] = [];
  for await (const batch of readCommitted(cluster, topic, 0, { from, to })) records.push(...batch);
  return records;
}
/** @returns the values that Kafka's own consumer reads; ours are the same, from wherever they are read */
async function readByBoth(...from: number[]): Promise<(string | null)[]> {
  const consumed = await kafka.consumeAll(topic.name);
  const [end] = await kafka.endsOf(topic.name);
  for (const first of [0, ...from]) {
    const found = await read(Number(end), first);
    const wanted = consumed.filter(({ offset }) => offset >= first);
    expect(found.map((record) => [record.offset, String(record.value)])).toEqual(
      wanted.map((message) => [message.offset, message.value]),
    );
  }
  return consumed.map((message) => message.value);
}

describe('what is produced in a transaction', () => {
  test('is what Kafka’s own consumer reads, record for record, with the position that was committed with it', async () => {
    const producer = await open();
    const awkward = 'tab\t, newline\n, "Größe" ✓ 🐘';
    const records = [
      { key: Buffer.from(awkward), value: Buffer.from(awkward) },
      { key: null, value: Buffer.from('') },
      { key: Buffer.from(''), value: Buffer.from('x'.repeat(20_000)) },
    ];
    await producer.begin(topic);
    expect(await producer.send(topic, 0, batchOf(records), NOW)).toBe(0n);
    expect(await producer.send(topic, 0, batchOf(records), NOW)).toBe(3n);
    await commit(producer, 7n);
    const consumed = await kafka.consumeAll(topic.name);
    expect(consumed).toEqual(
      [...records, ...records].map(({ key, value: held }, offset) => ({
        partition: 0,
        offset,
        timestampMilliseconds: NOW.getTime(),
        key: key && String(key),
        value: String(held),
        headers: [['initial-load', 'a-load row']],
      })),
    );
    expect(await committedPosition(cluster, group())).toEqual({ offset: 7n, metadata: 'after 7' });
  });

  test('is not there until it is committed, and never when a later producer took over: the earlier one is refused', async () => {
    const earlier = await open('taken-over');
    await earlier.begin(topic);
    await send(earlier, 'committed');
    await commit(earlier, 1n);
    await earlier.begin(topic);
    await send(earlier, 'open');
    const later = await open('taken-over');
    for (const refused of [send(earlier, 'late'), commit(earlier, 2n), earlier.begin(topic)]) {
      const error: unknown = await refused.catch((reason: unknown) => reason);
      expect(explainKafka(error, 'Feeding')).toBeInstanceOf(SupersededError);
    }
    await later.begin(topic);
    await send(later, 'later');
    await commit(later, 2n);
    expect(await readByBoth()).toEqual(['committed', 'later']);
    expect(await committedPosition(cluster, group())).toEqual({ offset: 2n, metadata: 'after 2' });
  });
});

describe('reading what was committed leaves out', () => {
  test('what one producer aborted, twice within one answer, and keeps what it committed in between', async () => {
    for (const [index, ends] of ['abort', 'commit', 'abort', 'abort', 'commit'].entries()) {
      const producer = await open('twice');
      await producer.begin(topic);
      await send(producer, `${index} ${ends}`, `${index} ${ends} too`);
      // Whoever opens the id next aborts it.
      if (ends === 'commit') await commit(producer, BigInt(index));
    }
    const values = await readByBoth(1, 2, 3, 4, 7, 10);
    expect(values).toEqual(['1 commit', '1 commit too', '4 commit', '4 commit too']);
  });

  test('of producers that write in turn what each of them aborted', async () => {
    const [one, other, third] = [await open('one'), await open('other'), await open('third')];
    for (const producer of [one, other, third]) await producer.begin(topic);
    for (let turn = 0; turn < 3; turn += 1) {
      await send(one, `one ${turn}`);
      await send(other, `other ${turn}`);
      await send(third, `third ${turn}`);
    }
    await commit(other, 1n);
    await open('one');
    await commit(third, 2n);
    expect(await readByBoth()).toEqual(['other 0', 'third 0', 'other 1', 'third 1', 'other 2', 'third 2']);
  });

  test('what was aborted by a marker that comes in a later answer', async () => {
    const large = 'x'.repeat(100_000);
    const [aborted, committed] = [await open('aborted'), await open('committed')];
    await aborted.begin(topic);
    await committed.begin(topic);
    for (let turn = 0; turn < 12; turn += 1) {
      await send(aborted, `aborted ${turn} ${large}`);
      await send(committed, `committed ${turn} ${large}`);
    }
    await commit(committed, 1n);
    await open('aborted');
    const values = (await readByBoth(1, 5, 20)).map((text) => text!.replace(/ x+$/, ''));
    expect(values).toEqual(Array.from({ length: 12 }, (_, turn) => `committed ${turn}`));
  });

  test('nothing of what somebody wrote without a transaction', async () => {
    const producer = await open();
    await producer.begin(topic);
    await send(producer, 'aborted');
    await open(`id-${ids}`);
    await kafka.produce(topic.name, 'plain');
    expect(await readByBoth()).toEqual(['plain']);
  });
});

describe('limits.maxRecordsPerSecond', () => {
  const databases = openTestDatabases();
  afterAll(() => databases.dropAll());

  test('holds for all shards together, from the first moment on', async () => {
    const source = await databases.createDatabase();
    await source.query(SOURCE);
    const stage = await setLoadStage(source.address, source.address, {
      brokers: { brokers: [kafka.server.brokers], security: { kind: 'plaintext' } },
    });
    const request = requestOf(['hr.employees', 'hr.log'], {
      strategy: 'kafka-topic',
      target: null,
      topics: { brokers: 'env:BROKERS', tables: {} },
      limits: { maxRecordsPerSecond: PER_SECOND },
      kafka: { chunkRows: 100 },
    });
    const load = await plannedLoad(stage.services, request, 'paced');
    const [employees, log] = load.plan.ranges.map(({ id }) => id);
    load.plan.shards = [
      { id: 's1', ranges: [employees!] },
      { id: 's2', ranges: [log!] },
    ];
    load.plan.concurrency = 2;
    await provision(load);
    const begun = Date.now();
    await advanceAll(load);
    const messages = await kafka.consumeAll(...topicsOf(load).map(({ name }) => name));
    const ages = messages.map(({ timestampMilliseconds }) => timestampMilliseconds - begun).sort((a, b) => a - b);
    expect(ages).toHaveLength(ROWS + 200);
    const early = ages.filter((age, index) => index + 1 > (PER_SECOND * (age + CLOCK_MILLISECONDS)) / 1_000);
    expect(early).toEqual([]);
    await tearDown(load, 'failed');
    await stage.remove();
  });
});
