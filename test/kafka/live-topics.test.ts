import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Producer, stringSerializers } from '@platformatic/kafka';
import { Cluster } from '../../src/kafka/cluster.ts';
import { encodeHeaders, RecordBatch } from '../../src/kafka/record-batch.ts';
import { TransactionalProducer } from '../../src/kafka/transactional-producer.ts';
import type { LiveTopic } from '../../src/model.ts';
import { surveyKafka } from '../../src/survey/survey-kafka.ts';
import { column, table } from '../plan/surveys.ts';
import { checkedRequest } from '../request/requests.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { memoryServices } from '../support/memory-services.ts';

jest.setTimeout(60_000);

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const TABLE = table('hr.employees', [column('id'), column('name', 'text')], { key: ['id'] });
const ROW = { id: 1, name: 'Łukasz' };
const OTHER_ROW = { id: 1 };

let kafka: TestKafka;
beforeAll(async () => (kafka = await openTestKafka()));
afterAll(() => kafka.close());

async function survey(topic: string, more: Record<string, unknown> = {}): Promise<LiveTopic | undefined> {
  const request = checkedRequest({
    target: undefined,
    topics: { brokers: 'env:KAFKA', tables: { [TABLE.name]: topic } },
    ...more,
  });
  const address = { brokers: [kafka.server.brokers], security: { kind: 'plaintext' as const } };
  const services = { ...memoryServices(), resolveBrokers: async () => address };
  return (await surveyKafka(request, services, [TABLE]))?.liveTopics[0];
}

async function produce(topic: string, values: (object | null)[], compression: (typeof COMPRESSIONS)[number] = 'none') {
  const producer = new Producer<string, string, string, string>({
    clientId: 'somebody',
    bootstrapBrokers: [kafka.server.internalBrokers],
    serializers: stringSerializers,
    compression,
  });
  for (const value of values)
    await producer.send({
      messages: [{ topic, key: '{"id":1}', ...(value && { value: JSON.stringify(value) }) }],
      acks: -1,
    });
  await producer.close();
}

const seen = { format: { value: 'plain' }, keyFields: { id: 'number' }, rowFields: { id: 'number', name: 'string' } };

describe('the format of a live topic is told', () => {
  test.each(COMPRESSIONS)('by its newest record, also one that is compressed (%s)', async (compression) => {
    const topic = await kafka.createTopic({ partitions: 3 });
    await produce(topic, [OTHER_ROW, ROW], compression);
    expect(await survey(topic)).toEqual({ table: TABLE.name, topic, partitions: 3, ...seen });
  });

  test('by the newest one with a row, where deletes are newer', async () => {
    const topic = await kafka.createTopic();
    const envelope = { source: { connector: 'postgresql' }, op: 'c', before: null };
    await produce(topic, [{ ...envelope, after: ROW }, { ...envelope, before: OTHER_ROW, after: null }, null]);
    expect(await survey(topic)).toMatchObject({ format: { value: 'debezium' }, rowFields: seen.rowFields });
  });

  test('by what was committed: a transaction that is open hides what comes after it only', async () => {
    const topic = await kafka.createTopic();
    await produce(topic, [ROW]);
    const address = { brokers: [kafka.server.brokers], security: { kind: 'plaintext' as const } };
    const cluster = new Cluster(address, 'test');
    const producer = await TransactionalProducer.open(cluster, 'open', 60_000);
    const described = (await cluster.describeTopic(topic))!;
    await producer.begin(described);
    const batch = new RecordBatch(encodeHeaders([]), Buffer.alloc(100));
    batch.add({ key: null, value: Buffer.from('no JSON') });
    await producer.send(described, 0, batch, new Date());
    expect(await survey(topic)).toMatchObject(seen);
    // Whoever opens it anew aborts it.
    await TransactionalProducer.open(cluster, 'open', 60_000);
    expect(await survey(topic)).toMatchObject(seen);
    await cluster.close();
  });

  test('by nothing where there is no record, or where rows go to a target', async () => {
    const topic = await kafka.createTopic();
    expect(await survey(topic)).toEqual({ table: TABLE.name, topic, partitions: 1 });
    await produce(topic, [ROW]);
    const target = { engine: 'postgres', connection: 'env:TARGET' };
    expect(await survey(topic, { target })).toEqual({ table: TABLE.name, topic, partitions: 1 });
  });
});
