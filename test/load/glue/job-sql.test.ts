import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildJobDocument } from '../../../src/load/glue/job/job-document-of.ts';
import { bookkeepingOf } from '../../../src/target/bookkeeping.ts';
import { losslessly, makeTablesOfEveryType } from '../../support/every-type.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import { LATER_START, setJobStage, START, type JobStage } from './job-stage.ts';

/** Every statement of a job's document, on real servers, by what runs them as the Spark job does. */

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: JobStage;

beforeEach(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  stage = await setJobStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(() => databases.dropAll());

const PEOPLE = 'create table public.people (id int primary key, name text)';
const thePeople = () => target.query('select id, name from public.people order by id');

async function makePeople(rows: number): Promise<void> {
  await source.query(`${PEOPLE}; insert into public.people select g, 'name ' || g from generate_series(1, ${rows}) g;
    analyze`);
  await target.query(PEOPLE);
}

describe('what is read arrives', () => {
  test('whatever type the server has: alone, and in arrays with NULLs, other lower bounds and two dimensions', async () => {
    const types = await makeTablesOfEveryType(source, target);
    await stage.run(await stage.prepared(['public.*']), START);
    for (const type of types) expect(await losslessly(target, type)).toEqual(await losslessly(source, type));
  });

  test('with modifiers, types of a user’s own and of extensions, and domains, as it was', async () => {
    const create = `create extension if not exists hstore; create extension if not exists citext;
      create type public.mood as enum ('sad', 'it''s ok', 'NULL', ''); create type public.pair as (a int, m public.mood);
      create domain public.posint as int check (value > 0);
      create table public.made (id int primary key, a varchar(5), b char(5), c numeric(1000, 500), d numeric(3, -2),
        e timestamp(0), f timestamptz(3), g interval day to second(2), h bit(3), i bit varying(4), j numeric(5, 2)[],
        k char(3)[], l public.mood, m public.mood[], n public.pair, o public.posint, p hstore, q citext)`;
    await source.query(`${create}; insert into public.made values
      (1, 'abc  ', 'ab', '1.10', 12345, '2024-02-29 23:59:59.6', '2024-02-29 23:59:59.9996+05:30', '1 day 02:03:04.567',
       '101', '10', '{1.50,NULL,-0.01}', '{a,NULL,"  b"}', 'it''s ok', '[0:1]={NULL,"sad"}', row(1, ''), 7, '"a b"=>NULL', 'ÀbC'),
      (2, '', '', 'NaN', 'NaN', 'infinity', '-infinity', 'infinity', '000', '', '{}', '{}', '', '{}', null, null, '', '')`);
    await target.query(create);
    await stage.run(await stage.prepared(['public.made']), START);
    const rows = 'select array[made::text] as row, pg_typeof(b)::text as type from public.made order by id';
    expect(await target.query(rows)).toEqual(await source.query(rows));
  });

  test('when both sides call everything by the strangest names', async () => {
    const table = `"My ""Schema"""."a?b {fn now()} 'x' select"`;
    const create = `create schema "My ""Schema"""; create table ${table}
      ("select" int primary key, "two words" text, "q""uote?" int, "ünï $1 \\" text, "CamelCase" boolean)`;
    await source.query(`${create}; insert into ${table} values (1, 'a', 2, 'b', true), (2, null, null, '', false)`);
    await target.query(create);
    await stage.run(await stage.prepared([table]), START);
    expect(await target.query(`select * from ${table} order by 1`)).toEqual(
      await source.query(`select * from ${table} order by 1`),
    );
  });

  test('within the request’s conditions, renamed and without what is dropped', async () => {
    await source.query(`create table public.people (id int primary key, name text, "it's" text, ssn text, born date);
      insert into public.people values (1, 'a', 'x\\y''z', 's', '2000-01-01'), (2, 'b', 'x\\y''z', 's', null), (3, 'c', '', 's', null)`);
    await target.query('create table public.people (id int primary key, called text, "it\'s" text, born date)');
    const load = await stage.prepared(
      [
        {
          name: 'public.people',
          where: [
            { column: "it's", is: "x\\y'z" },
            { column: 'born', isNot: null },
          ],
        },
      ],
      { transform: { 'public.people': { rename: { name: 'called' }, drop: ['ssn'] } } },
    );
    await stage.run(load, START);
    expect(await target.query('select id, called from public.people')).toEqual([{ id: 1, called: 'a' }]);
  });

  test('into columns that the target numbers by itself, and not into those that it computes', async () => {
    await source.query(
      'create table public.t (id int primary key, n int, twice int); insert into public.t values (7, 1, 9)',
    );
    await target.query(`create table public.t (id int generated always as identity primary key, n int,
      twice int generated always as (n * 2) stored)`);
    await stage.run(await stage.prepared(['public.t']), START);
    expect(await target.query('select * from public.t')).toEqual([{ id: 7, n: 1, twice: 2 }]);
  });

  test('of a partitioned table through its parent, and of a parent without its children', async () => {
    const create = `create table public.parted (id int primary key) partition by range (id);
      create table public.parted_low partition of public.parted for values from (minvalue) to (10);
      create table public.parted_high partition of public.parted for values from (10) to (maxvalue);
      create table public.parent (id int primary key); create table public.child () inherits (public.parent)`;
    await source.query(`${create}; insert into public.parted select generate_series(1, 20);
      insert into public.parent values (1); insert into public.child values (2)`);
    await target.query(create);
    await stage.run(await stage.prepared(['public.parted', 'public.parent']), START);
    expect(await target.query('select count(*) from public.parted_high')).toEqual([{ count: '11' }]);
    expect(await target.query('select id from public.parent')).toEqual([{ id: 1 }]);
  });
});

describe('reading in parts', () => {
  const KEYS = `create table public.big (a int, b text collate "C", filler text, primary key (a, b));`;

  async function bigLoad() {
    await source.query(`${KEYS} insert into public.big
      select g % 1000, 'it''s \\ ' || g, repeat('x', 1000) from generate_series(1, 100000) g; analyze public.big`);
    await target.query(KEYS);
    return stage.prepared(['public.big'], { limits: { maxSourceConnections: 3 } });
  }

  test('takes each row once, over no more connections than the request allows', async () => {
    const load = await bigLoad();
    expect(load.plan.ranges.length).toBeGreaterThan(1);
    const ranges = load.plan.ranges.length;
    const document = buildJobDocument(load, START);
    const table = document.tables[0]!;
    expect(table.read.partitions).toHaveLength(Math.min(3, ranges));
    const job = stage.steps(document);
    await job.takeOver();
    await job.openSnapshot();
    await job.createStage(table);
    // The task of the second partition is repeated.
    for (const partition of [1, 0, 2, 1]) await job.stagePartition(table, partition);
    await job.publish(table, 100_000);
    expect(await target.query('select count(*), count(distinct (a, b)) as keys from public.big')).toEqual([
      { count: '100000', keys: '100000' },
    ]);
  });

  test('goes by the index of the key, although the query stands in brackets', async () => {
    const { tables } = buildJobDocument(await bigLoad(), START);
    const { query, partitions } = tables[0]!.read;
    for (const partition of partitions.slice(1, -1)) {
      const plan = await source.query<{ 'QUERY PLAN': string }>(
        `set enable_seqscan = off; explain select c1, c2 from ${query} where ${partition}`,
      );
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(text).toContain('Index Cond: ((ROW(a, b) > ROW(');
      expect(text).not.toContain('Subquery');
    }
    expect(partitions.length).toBeGreaterThan(2);
  });

  test('sees the source as it was when the job began, in every session', async () => {
    await makePeople(10);
    const load = await stage.prepared(['public.people']);
    const document = buildJobDocument(load, START);
    const job = stage.steps(document);
    await job.takeOver();
    await job.openSnapshot();
    await source.query('delete from public.people where id > 5; insert into public.people values (11)');
    await job.createStage(document.tables[0]!);
    expect(await job.stagePartition(document.tables[0]!, 0)).toBe(10);
    expect(await job.stagePartition(document.tables[0]!, 0)).toBe(10);
  });
});

describe('each row is written once', () => {
  async function staged(rows = 10) {
    await makePeople(rows);
    const load = await stage.prepared(['public.people']);
    const document = buildJobDocument(load, START);
    const [table] = document.tables;
    const job = stage.steps(document);
    await job.takeOver();
    await job.openSnapshot();
    await job.createStage(table!);
    return { load, document, job, table: table! };
  }
  const recorded = (load: Awaited<ReturnType<typeof staged>>['load']) =>
    target.query(`select done, rows_read, rows_written from ${bookkeepingOf(load).ranges}`);

  test('when a task was run again after it had committed', async () => {
    const { load, job, table } = await staged();
    for (let time = 1; time <= 3; time += 1) await job.stagePartition(table, 0);
    expect(await target.query(`select count(*) from ${table.database!.stage}`)).toEqual([{ count: '30' }]);
    expect(await job.publish(table, 10)).toEqual({ rowsRead: 10, rowsWritten: 10 });
    expect(await thePeople()).toHaveLength(10);
    expect(await recorded(load)).toEqual([{ done: true, rows_read: '10', rows_written: '10' }]);
  });

  test('when a table without a key has rows that are the same', async () => {
    const create = 'create table public.log (what text)';
    await source.query(`${create}; insert into public.log values ('a'), ('a'), (null)`);
    await target.query(create);
    const document = buildJobDocument(await stage.prepared(['public.log']), START);
    const job = stage.steps(document);
    await job.takeOver();
    await job.openSnapshot();
    await job.createStage(document.tables[0]!);
    await job.stagePartition(document.tables[0]!, 0);
    await job.stagePartition(document.tables[0]!, 0);
    await job.publish(document.tables[0]!, 3);
    expect(await target.query('select * from public.log order by what')).toEqual([
      { what: 'a' },
      { what: 'a' },
      { what: null },
    ]);
  });

  test('when the table is published twice, also at once', async () => {
    const { job, table } = await staged();
    await job.stagePartition(table, 0);
    const both = await Promise.all([job.publish(table, 10), job.publish(table, 10)]);
    expect(both).toEqual([both[0], both[0]]);
    expect(await job.publish(table, 99)).toEqual({ rowsRead: 10, rowsWritten: 10 });
    expect(await thePeople()).toHaveLength(10);
  });

  test('when the job is started again after some of its tables were published', async () => {
    const { load, job, table } = await staged();
    await job.stagePartition(table, 0);
    await job.publish(table, 10);
    await stage.run(load, LATER_START);
    expect(await thePeople()).toHaveLength(10);
  });

  test('of an empty table, none', async () => {
    const { load, job, table } = await staged(0);
    await job.stagePartition(table, 0);
    expect(await job.publish(table, 0)).toEqual({ rowsRead: 0, rowsWritten: 0 });
    expect(await recorded(load)).toEqual([{ done: true, rows_read: '0', rows_written: '0' }]);
  });

  test('and none at all when the transaction is cut before its end: the record goes with the rows', async () => {
    const { load, job, table } = await staged();
    await job.stagePartition(table, 0);
    await target.query(`alter table public.people add constraint short check (id < 10)`);
    await expect(job.publish(table, 10)).rejects.toThrow(/short/);
    expect(await thePeople()).toEqual([]);
    expect(await recorded(load)).toEqual([{ done: false, rows_read: '0', rows_written: '0' }]);
  });
});

describe('the fence', () => {
  async function taken(start = START) {
    await makePeople(5);
    const load = await stage.prepared(['public.people']);
    const document = buildJobDocument(load, start);
    const job = stage.steps(document);
    await job.takeOver();
    await job.openSnapshot();
    await job.createStage(document.tables[0]!);
    await job.stagePartition(document.tables[0]!, 0);
    return { load, job, table: document.tables[0]! };
  }
  const close = (load: Awaited<ReturnType<typeof taken>>['load']) =>
    target.query(`update ${bookkeepingOf(load).shards} set closed = true`);

  test('lets nobody publish, stage, nor begin, once the load is closed', async () => {
    const { load, job, table } = await taken();
    await job.dropStage(table);
    await close(load);
    await expect(job.createStage(table)).rejects.toThrow('The load was closed, or a later start');
    await expect(job.publish(table, 5)).rejects.toThrow('The load was closed, or a later start');
    await expect(job.takeOver()).rejects.toThrow('The load was closed.');
    expect(await thePeople()).toEqual([]);
  });

  test('is the later start’s: the earlier one publishes nothing any more, and its sessions are ended', async () => {
    const { load, job, table } = await taken();
    const later = stage.steps(buildJobDocument(load, LATER_START));
    const idle = await openSession(`il ${load.loadId} glue ${START.slice(0, 8)}`);
    const own = await openSession(`il ${load.loadId} glue ${LATER_START.slice(0, 8)}`);
    const neighbour = await openSession(`il ${load.loadId}0 glue ${START.slice(0, 8)}`);
    await later.takeOver();
    await expect(idle.query('select 1')).rejects.toThrow(/terminat|closed|not queryable/);
    for (const session of [own, neighbour]) {
      expect((await session.query('select 1 as alive')).rows).toEqual([{ alive: 1 }]);
      await session.end();
    }
    await expect(job.publish(table, 5)).rejects.toThrow('The load was closed, or a later start');
    expect(await thePeople()).toEqual([]);
  });

  test('is not given to a run that an earlier attempt left behind', async () => {
    const { load, job, table } = await taken();
    await target.query(`update ${bookkeepingOf(load).load} set attempt = 2;
      update ${bookkeepingOf(load).shards} set fence = null`);
    await expect(job.takeOver()).rejects.toThrow('The load was closed.');
    await expect(job.publish(table, 5)).rejects.toThrow('The load was closed, or a later start');
  });

  async function openSession(applicationName: string) {
    const { Client } = await import('pg');
    const { database, ...login } = target.address;
    const client = new Client({ ...login, database, application_name: applicationName });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }
});
