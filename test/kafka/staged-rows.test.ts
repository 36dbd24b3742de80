import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { useStandIns } from '../../local/aws/environment.ts';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import { s3 } from '../../src/aws/clients.ts';
import { LoadClosedError, SupersededError } from '../../src/errors.ts';
import { confirm } from '../../src/load/glue/confirm.ts';
import { reportDocument } from '../../src/load/glue/documents.ts';
import { rowsFolder } from '../../src/load/glue/job/rows.ts';
import { startOf } from '../../src/load/glue/run/starts.ts';
import { openStore } from '../../src/store/open-store.ts';
import { progressDocument, shardDocument } from '../../src/store/documents.ts';
import { cleanTopics } from '../../src/target/topics/clean.ts';
import { closeTopics } from '../../src/target/topics/close.ts';
import { prepareTopics } from '../../src/target/topics/prepare.ts';
import type { StepAnswer } from '../../src/step.ts';
import { glueLoad, glueServices, setState, type GlueLoad } from '../load/glue/a-load.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { leftOf, messagesOf } from '../support/topic-loads.ts';

jest.setTimeout(180_000);

/** What a job has left goes to a real broker's topics, whatever happens to those who feed it. */

const TABLES = [{ source: 'hr.employees' }, { source: 'hr.log', keyless: true as const }];
let kafka: TestKafka;
let objects: S3StandIn;
let giveBack: () => void;
let load: GlueLoad;
let stores = 0;

beforeAll(async () => {
  kafka = await openTestKafka();
  objects = await startS3StandIn();
  giveBack = useStandIns({ s3: objects });
});
beforeEach(async () => {
  const services = glueServices();
  // What says that it is months old is past its topic's retention, and goes when the broker looks for such.
  services.clock.now = new Date();
  const store = openStore(`s3://loads/test-${(stores += 1)}`);
  Object.assign(services, {
    store,
    deployment: { ...services.deployment, glue: { ...services.deployment.glue, storeAddress: store.address } },
    resolveBrokers: async () => ({ brokers: [kafka.server.brokers], security: { kind: 'plaintext' } }),
    // A second passes whenever somebody looks.
    now: () => (services.clock.now = new Date(services.clock.now.getTime() + 1_000)),
  });
  load = await glueLoad(
    { topics: { brokers: 1 }, tables: TABLES, request: { kafka: { chunkRows: 10 } } },
    { services },
  );
  await prepareTopics(load);
});
afterEach(() => cleanTopics(load));
afterAll(async () => {
  giveBack();
  await objects.stop();
  await kafka.close();
});

const line = (id: number, more = '') => `{"id":${id}}\t{"id":${id},"name":"Łukasz ${id}${more}"}\n`;
const lines = (from: number, to: number, more = '') =>
  Array.from({ length: to - from }, (_, index) => line(from + index, more)).join('');

/** What a job has left of both tables, and what it reports of them. */
async function stage(employees: string[], log: string[] = [], written?: number): Promise<void> {
  const { id } = await startOf(load);
  const { client, sdk } = await s3();
  for (const [table, files] of [employees, log].entries()) {
    const folder = load.documents.addressOf({ path: rowsFolder(id, table + 1) }).replace('s3://loads/', '');
    const named = files.map((text, part): [string, string] => [`part-0000${part}-x.txt`, text]);
    for (const [name, text] of [['_SUCCESS', ''] as [string, string], ...named]) {
      const object = { Bucket: 'loads', Key: folder + name, Body: Buffer.from(text) };
      await client.send(new sdk.PutObjectCommand(object));
    }
  }
  const countOf = (files: string[]) => files.join('').split('\n').length - 1;
  await load.documents.write(reportDocument(id), {
    start: id,
    state: 'succeeded',
    updatedAt: '',
    tables: [
      { table: 'hr.employees', state: 'done', rowsRead: 1_000, rowsWritten: written ?? countOf(employees) },
      { table: 'hr.log', state: 'done', rowsRead: countOf(log), rowsWritten: countOf(log) },
    ],
  });
}

/** One invocation, which has so many seconds. */
function feed(seconds = 100_000, of = load): Promise<StepAnswer> {
  return confirm(of, of.plan.shards[0]!, new Date(of.services.clock.now.getTime() + seconds * 1_000));
}

/** The ids in the topic of hr.employees, in order of number. */
async function fedIds(): Promise<number[]> {
  const messages = (await messagesOf(load, kafka)).get('hr.employees')!;
  for (const [key, value] of messages) expect(value!.startsWith(key!.replace('}', ','))).toBe(true);
  return messages.map(([key]) => JSON.parse(key!).id).sort((one, other) => one - other);
}
const upTo = (count: number) => Array.from({ length: count }, (_, id) => id);

test('every line is a message: keys and values as they are, tables without key or rows too', async () => {
  await stage([lines(0, 25), '', lines(25, 30)], []);
  expect(await feed()).toEqual({ status: 'done' });
  expect(await fedIds()).toEqual(upTo(30));
  expect((await messagesOf(load, kafka)).get('hr.log')).toEqual([]);
  expect(await load.documents.read(shardDocument('s1'))).toMatchObject({
    status: 'succeeded',
    counts: [
      { table: 'hr.employees', rowsRead: 1_000, rowsWritten: 30 },
      { table: 'hr.log', rowsRead: 0, rowsWritten: 0 },
    ],
  });
  expect(await load.documents.read(progressDocument('s1'))).toMatchObject({
    tables: [
      { table: 'hr.employees', rows: 30, done: true },
      { table: 'hr.log', rows: 0, done: true },
    ],
  });
});

test('rows without a key are messages without one', async () => {
  await stage([], ['\t{"what":"a"}\n\t{"what":null}\n']);
  await feed();
  expect((await messagesOf(load, kafka)).get('hr.log')).toEqual([
    [null, '{"what":"a"}'],
    [null, '{"what":null}'],
  ]);
});

test('an invocation whose time is over goes on in the next one, from the byte where it stopped, in whatever file', async () => {
  await stage([lines(0, 33), lines(33, 40)], [lines(0, 3)]);
  let calls = 0;
  for (let answer: StepAnswer = await feed(0); answer.status === 'working'; calls += 1) {
    expect(answer).toEqual({ status: 'working', waitSeconds: 0, plane: 'data' });
    // Enough for a chunk or two.
    answer = await feed(6);
  }
  expect(calls).toBeGreaterThan(2);
  expect(await fedIds()).toEqual(upTo(40));
  // What is done is done.
  expect(await feed()).toEqual({ status: 'done' });
  expect(await fedIds()).toEqual(upTo(40));
});

test('an invocation that dies in the middle of a chunk has fed nothing of it, and the next one feeds it once', async () => {
  load.request.kafka!.chunkRows = 50_000;
  const whole = lines(0, 1_000, 'x'.repeat(6_000));
  // Hundreds of rows before it have been sent by then.
  const broken = whole.replace('{"id":999}\t', '{"id":999} ');
  await stage([broken]);
  await expect(feed()).rejects.toThrow('has no key and value');
  expect(await fedIds()).toEqual([]);
  await stage([whole]);
  expect(await feed()).toEqual({ status: 'done' });
  expect(await fedIds()).toEqual(upTo(1_000));
});

test('of two invocations at once the later one feeds, and no row is there twice', async () => {
  await stage([lines(0, 200), lines(200, 400)]);
  const ends = await Promise.allSettled([feed(), feed(), feed()]);
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(SupersededError);
  expect(ends.map(({ status }) => status)).toContain('fulfilled');
  expect(await feed()).toEqual({ status: 'done' });
  expect(await fedIds()).toEqual(upTo(400));
});

test('a next attempt goes on with the files that the topics hold rows of', async () => {
  await stage([lines(0, 60)]);
  await feed(8);
  const next = { ...load, attempt: 2 };
  await setState(next, 'open');
  const fed = (await fedIds()).length;
  expect(fed).toBeLessThan(60);
  expect(fed).toBeGreaterThan(0);
  expect(await feed(100_000, next)).toEqual({ status: 'done' });
  expect(await fedIds()).toEqual(upTo(60));
});

test('other rows than the job reports fail the load', async () => {
  await stage([lines(0, 5)], [], 4);
  await expect(feed()).rejects.toThrow('hr.employees: the job reports 4 rows written, and its files hold 5.');
  expect(await load.documents.read(shardDocument('s1'))).toBeUndefined();
});

test.each([
  ['ends in mid-line', lines(0, 3) + '{"id":3}\t{"id"', 'ends in mid-line'],
  ['has a line without key and value', '{"id":3}\n', 'has no key and value before byte 9'],
])('a file that %s fails the load', async (_case, text, said) => {
  await stage([text]);
  await expect(feed()).rejects.toThrow(said);
  expect(await fedIds()).toEqual([]);
});

test('a load that was closed is fed no more, and its topics and checkpoints go', async () => {
  await stage([lines(0, 100)]);
  await feed(8);
  const feeding = feed();
  await setState(load, 'closed');
  await closeTopics(load);
  await expect(feeding).rejects.toThrow(/a later invocation took over|is closed/);
  await expect(feed()).rejects.toThrow(LoadClosedError);
  const { answer } = await cleanTopics(load);
  expect(answer).toEqual({ status: 'done' });
  expect((await leftOf(load, kafka)).filter((name) => !name.startsWith('glue/'))).toEqual([]);
});
