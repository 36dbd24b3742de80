import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { verificationDocument } from '../../src/store/documents.ts';
import { glueStandIns, stopGlueStandIns } from '../support/glue-stage.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  settleAndRestore,
  tearDown,
  verify,
  type LoadStage,
} from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { sparkCluster, type SparkCluster } from '../support/spark-cluster.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';
import { leftOf, messagesOf, topicsRequest, withKafka } from '../support/topic-loads.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** Tasks of Spark that end in the middle of what goes to topics. */

/** Big enough for several partitions. */
const ROWS = 300_000;
/** By then each executor is in the middle of a file. */
const KILL_AFTER_BYTES = 500_000;

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
let cluster: SparkCluster;
let stage: LoadStage;

beforeAll(async () => {
  kafka = await openTestKafka();
  cluster = await sparkCluster();
  source = await databases.createDatabase();
  await source.query(`create schema hr; create table hr.big (id int primary key, name text, filler text);
    insert into hr.big select g, 'Łukasz ' || g, repeat(md5(g::text), 8) from generate_series(1, ${ROWS}) g; analyze`);
  stage = withKafka(await setSparkStage(source.address, source.address, cluster.options), kafka);
});
afterEach(() => stage.remove());
afterAll(async () => {
  await stopGlueStandIns();
  await cluster.remove();
  await kafka.close();
  await databases.dropAll();
});

test('an executor killed in mid-file: its tasks are repeated, and no row is in the topic twice, none is lost', async () => {
  const transform = { 'hr.big': { derive: { half: 'id div 2' }, drop: ['filler'], filter: "filler <> ''" } };
  const request = topicsRequest(['hr.big'], { transform, limits: { deadlineMinutes: 20_160 } });
  const load = await plannedLoad(stage.services, request, 'killed');
  await provision(load);
  const killing = killInMidFile();
  await advanceAll(load);
  expect(await killing).toBeGreaterThan(0);
  await settleAndRestore(load);
  expect(await verify(load)).toBe(true);

  const tasks = await cluster.endsOfTasks();
  expect(tasks.map(({ reason }) => reason)).toContain('ExecutorLostFailure');
  const messages = (await messagesOf(load, kafka)).get('hr.big')!;
  expect(messages).toHaveLength(ROWS);
  expect(new Set(messages.map(([key]) => key)).size).toBe(ROWS);
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    { rowsRead: ROWS, rowsWritten: ROWS, targetRows: ROWS, mismatches: [] },
  ]);
  await tearDown(load, 'succeeded');
  expect(await leftOf(load, kafka)).toEqual([]);
});

/** @returns the process id of the executor */
async function killInMidFile(): Promise<number> {
  const { directory } = await glueStandIns();
  while (!(await areBothWriting(directory))) await setTimeout(20);
  return cluster.killAnExecutor();
}

async function areBothWriting(directory: string): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  // Files whose task has not been committed.
  const open = entries.filter(
    (path) => path.includes('glue/rows/') && /_temporary\/.*\/_temporary\/.*\/part-/.test(path),
  );
  const sizes = await Promise.all(open.map((path) => stat(join(directory, path)).catch(() => ({ size: 0 }))));
  return sizes.filter(({ size }) => size >= KILL_AFTER_BYTES).length >= 2;
}
