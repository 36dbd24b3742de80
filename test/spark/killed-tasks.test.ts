import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { LoadClosedError } from '../../src/errors.ts';
import { verificationDocument } from '../../src/store/documents.ts';
import { stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import {
  advanceAll,
  loadAll,
  plannedLoad,
  provision,
  requestOf,
  setStatus,
  tearDown,
  type LoadStage,
} from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { sparkCluster, type SparkCluster } from '../support/spark-cluster.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';
import { watchDatabase, type WatchedDatabase } from '../support/watched-database.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** Tasks of Spark that end in the middle, on executors that are processes of their own. */

const BIG_ROWS = 300_000;
const SMALL_ROWS = 5_000;
/** Big enough for several partitions, each of which takes its task some seconds. */
const SCHEMA = `create schema hr;
  create table hr.a_big (id int primary key, name text not null, filler text);
  create table hr.b_small (id int primary key, name text)`;
const DATA = `insert into hr.a_big select g, 'Łukasz ' || g, repeat(md5(g::text), 8) from generate_series(1, ${BIG_ROWS}) g;
  insert into hr.b_small select g, 'name ' || g from generate_series(1, ${SMALL_ROWS}) g;
  analyze`;
const TABLES = ['hr.a_big', 'hr.b_small'];
/** By then each executor is in the middle of a partition. */
const KILL_AFTER_BYTES = 10_000_000;

const databases = openTestDatabases();
let cluster: SparkCluster;
let source: TestDatabase;
let target: TestDatabase;
let watched: WatchedDatabase;
let stage: LoadStage;

beforeAll(async () => {
  cluster = await sparkCluster();
  source = await databases.createDatabase();
  await source.query(`${SCHEMA}; ${DATA}`);
});
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query(SCHEMA);
  watched = await watchDatabase(target.address);
  stage = await setSparkStage(source.address, watched.address, cluster.options);
});
afterEach(async () => {
  await stage.remove();
  await watched.stop();
});
afterAll(async () => {
  await stopGlueStandIns();
  await cluster.remove();
  await databases.dropAll();
});

function planned(loadId: string) {
  const request = requestOf(['hr.*'], { ...throughGlue, limits: { deadlineMinutes: 20_160 } });
  return plannedLoad(stage.services, request, loadId);
}

test('an executor killed in mid-write, and a commit that its task never heard of: no row is there twice, none is lost', async () => {
  let killed = 0;
  watched.whileTasksWrite = (bytes) => {
    if (killed !== 0 || bytes < KILL_AFTER_BYTES) return;
    killed = -1;
    void cluster.killAnExecutor().then((pid) => {
      killed = pid;
      return watched.loseNextCommit();
    });
  };
  const load = await planned('killed');
  const isVerified = await loadAll(load);

  expect(killed).toBeGreaterThan(0);
  expect(watched.commits.lost).toBe(1);
  const tasks = await cluster.endsOfTasks();
  const failed = tasks.filter(({ reason }) => reason !== 'Success');
  expect(failed.map(({ reason }) => reason)).toContain('ExecutorLostFailure');
  expect(failed.map(({ reason }) => reason)).toContain('ExceptionFailure');
  // Spark did each of them again.
  for (const { stage: of, index } of failed) {
    expect(tasks).toContainEqual({ stage: of, index, attempt: expect.any(Number), reason: 'Success' });
  }
  for (const table of TABLES) expect(await digestOf(target, table)).toEqual(await digestOf(source, table));
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    { source: 'hr.a_big', rowsRead: BIG_ROWS, rowsWritten: BIG_ROWS, targetRows: BIG_ROWS, mismatches: [] },
    { source: 'hr.b_small', rowsRead: SMALL_ROWS, rowsWritten: SMALL_ROWS, targetRows: SMALL_ROWS, mismatches: [] },
  ]);
  expect(isVerified).toBe(true);
  expect(await leftIn(target)).toEqual([]);
});

test('a load that is closed while tasks write ends them, and leaves nothing', async () => {
  const load = await planned('closed');
  await provision(load);
  const writing = new Promise<void>((resolve) => {
    watched.whileTasksWrite = () => resolve();
  });
  const advancing = advanceAll(load).then(
    () => undefined,
    (error: unknown) => error,
  );
  await writing;
  await setStatus(load, 'closed');
  await tearDown(load, 'failed');
  expect(await advancing).toBeInstanceOf(LoadClosedError);
  expect(await cluster.findExecutors()).toEqual([]);
  expect(await leftIn(target)).toEqual([]);
  for (const table of TABLES) expect(await target.query(`select from ${table} limit 1`)).toEqual([]);
});

function digestOf(database: TestDatabase, table: string): Promise<object[]> {
  return database.query(
    `select count(*), count(distinct id), sum(hashtextextended(t::text, 0)) as digest from ${table} t`,
  );
}

function leftIn(database: TestDatabase): Promise<object[]> {
  return database.query(
    `select relname as name from pg_class where relname like 'il-%'
      union all select application_name from pg_stat_activity where datname = current_database() and application_name like 'il %'`,
  );
}
