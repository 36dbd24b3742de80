import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Load } from '../../src/services.ts';
import { verificationDocument } from '../../src/store/documents.ts';
import { stopGlueStandIns } from '../support/glue-stage.ts';
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
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';
import { findLag, leftOf, messagesOf, readEverything, topicsRequest, withKafka } from '../support/topic-loads.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** Rows that only Spark can transform, in topics of a real broker, as Kafka's own consumer reads them. */

const ROWS = 2_000;
const SOURCE = `create schema hr;
  create table hr.employees (id int primary key, mail text, first_name text not null, last_name text, ssn text, pay numeric(10,2),
    hired date not null, seen timestamptz, active boolean not null);
  insert into hr.employees select g, case when g % 50 > 0 then 'm' || g || '@example.com' end, E'Łukasz\\t' || g, 'O''Neil', 'ssn ' || g,
      g * 1.25, date '2010-01-01' + g, timestamptz '2024-03-31 02:30:00.123456+02' + g * interval '1 hour', g % 5 > 0
    from generate_series(1, ${ROWS}) g;
  create table hr.notes (note text, at timestamp);
  insert into hr.notes select repeat('x', g % 10), timestamp '2024-01-01 00:00:00' + g * interval '1 second' from generate_series(1, 100) g;
  analyze;`;
const TRANSFORM = {
  'hr.employees': {
    filter: 'active AND id > 10',
    derive: { full_name: "concat_ws(' ', first_name, last_name)", hired_year: 'year(hired)' },
    cast: { id: 'string' },
    drop: ['first_name', 'last_name', 'ssn', 'active'],
    rename: { mail: 'email', id: 'number' },
  },
};
/** What the same is in SQL, as the strategy kafka-topic writes it. */
const EXPECTED = `select row_to_json("key")::text as key, row_to_json("value")::text as value from (
    select id, lateral_value.* from hr.employees, lateral (select id::text as number, mail as email, pay, hired, seen,
      first_name || ' ' || last_name as full_name, extract(year from hired)::int as hired_year) lateral_value
    where active and id > 10) t, lateral (select t.id) "key",
    lateral (select t.number, t.email, t.pay, t.hired, t.seen, t.full_name, t.hired_year) "value"`;

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
let stage: LoadStage;

beforeAll(async () => {
  kafka = await openTestKafka();
});
beforeEach(async () => {
  source = await databases.createDatabase();
  await source.query(SOURCE);
  stage = withKafka(await setSparkStage(source.address, source.address), kafka);
});
afterEach(() => stage.remove());
afterAll(async () => {
  await stopGlueStandIns();
  await kafka.close();
  await databases.dropAll();
});

function planned(loadId: string, more: Record<string, unknown>): Promise<Load> {
  const request = topicsRequest(['hr.*'], { limits: { deadlineMinutes: 20_160 }, ...more });
  return plannedLoad(stage.services, request, loadId);
}

test('every row that the transformation leaves is in its topic once, verified, and all is gone when it was read', async () => {
  const load = await planned('to-topics', { strategy: 'auto', transform: TRANSFORM, kafka: { chunkRows: 300 } });
  expect(load.plan).toMatchObject({ strategy: 'glue', awaitsConsumer: true });
  expect(load.plan.rejected).toContainEqual({
    strategy: 'kafka-topic',
    reason: expect.stringContaining('it can rename and drop columns, but not'),
  });
  await provision(load);
  await advanceAll(load);
  await settleAndRestore(load);
  expect(await verify(load)).toBe(true);

  const messages = await messagesOf(load, kafka);
  const expected = await source.query(EXPECTED);
  expect(sorted(messages.get('hr.employees')!)).toEqual(sorted(expected.map(({ key, value }) => [key, value])));
  const notes = messages.get('hr.notes')!;
  expect(notes).toHaveLength(100);
  expect(notes).toContainEqual([null, '{"note":"x","at":"2024-01-01T00:00:01"}']);
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    {
      source: 'hr.employees',
      rowsRead: ROWS,
      rowsWritten: expected.length,
      targetRows: expected.length,
      mismatches: [],
    },
    { source: 'hr.notes', rowsRead: 100, rowsWritten: 100, sourceRows: 100, targetRows: 100, mismatches: [] },
  ]);

  expect(await findLag(load)).not.toEqual([]);
  await readEverything(load, kafka);
  expect(await findLag(load)).toEqual([]);
  expect(await leftOf(load, kafka)).not.toEqual([]);
  await tearDown(load, 'succeeded');
  expect(await leftOf(load, kafka)).toEqual([]);
});

/** Keys and values as what they say, since Spark writes no space that PostgreSQL doesn't. */
function sorted(messages: unknown[][]): string[] {
  return messages.map((message) => message.join(' ')).sort();
}
