import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { mysql } from '../../src/databases/mysql/engine.ts';
import type { Transformed } from '../../src/databases/source-engine.ts';
import type { TableVerification } from '../../src/model.ts';
import type { RowFilter } from '../../src/request/row-filter.ts';
import type { Condition } from '../../src/request/schema.ts';
import type { Load } from '../../src/services.ts';
import {
  positionsDocument,
  shardDocument,
  stitchPointDocument,
  verificationDocument,
} from '../../src/store/documents.ts';
import { takePositionBefore } from '../../src/verify/positions.ts';
import { plannedLoad, requestOf, setLoadStage, untilDone, verify, type LoadStage } from '../support/loads.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** From MariaDB to PostgreSQL, planned, positioned and verified; the rows are carried over by hand in between. */

const databases = openTestDatabases();
let server: MariadbServer;
let target: TestDatabase;
let stage: LoadStage;

beforeAll(async () => {
  server = await startMariadb();
});
afterAll(async () => {
  await server.stop();
  await databases.dropAll();
});

beforeEach(async () => {
  await server.query(`drop database if exists shop; create database shop character set utf8mb4; use shop;
    create table customers (id bigint unsigned auto_increment primary key, name varchar(50) not null, born date, seen timestamp null,
      active tinyint(1) not null default 1, score decimal(10,2), note longtext);
    insert into customers (name, born, score, note) select concat('😀 Łukasz ', seq), if(seq % 2, null, '2001-02-03'), seq / 4, repeat('n', seq)
      from seq_1_to_100;
    create table \`Order Lines\` (\`select\` varchar(20) primary key, \`größe\` double);
    insert into \`Order Lines\` values ('a', 0.1), ('B', null);
    create table nothing (id int primary key)`);
  target = await databases.createDatabase();
  await target.query(`create schema shop;
    create table shop.customers (id bigint primary key, name text not null, born date, seen timestamp, active boolean not null,
      score numeric(10,2), note text);
    create table shop."Order Lines" ("select" varchar(20) primary key, "größe" double precision);
    create table shop.nothing (id int primary key)`);
  stage = await stageFor(server.address);
});
afterEach(() => stage.remove());

async function stageFor(source: DatabaseAddress): Promise<LoadStage> {
  const found = await setLoadStage(source, target.address);
  Object.assign(found.services, {
    deployment: { name: 'test', dms: { accessRoleArn: 'arn:aws:iam::1:role/r', subnetIds: [], securityGroupIds: [] } },
    resolveConnection: async (reference: unknown) => (reference === 'shop/source' ? source : target.address),
  });
  return found;
}

function request(tables: unknown[] = ['shop.*'], more: Record<string, unknown> = {}) {
  return requestOf(tables, {
    source: { engine: 'mariadb', connection: 'shop/source' },
    target: { connection: 'mailer/target' },
    ...more,
  });
}

/** What is in the source goes into the target, and the shard's record says so. */
async function carryOver(load: Load, condition = 'true'): Promise<void> {
  const counts = [];
  for (const { source, target: into, columns } of load.plan.tables) {
    const [schema, table] = source.split('.').map((part) => part.replaceAll('"', '')) as [string, string];
    const names = columns.map((column) => `\`${column.source}\``).join(', ');
    const rows = await server.query(
      `set time_zone = '+00:00'; select ${names} from \`${schema}\`.\`${table}\` where ${condition}`,
    );
    for (const row of rows) {
      const values = columns.map((column) => row[column.source]);
      await target.query(
        `insert into ${into} (${columns.map((column) => `"${column.target}"`).join(', ')}) values (${values.map((_, index) => `$${index + 1}`).join(', ')})`,
        values,
      );
    }
    counts.push({ table: source, rowsRead: rows.length, rowsWritten: rows.length, rowsRemoved: 0, rowsReread: 0 });
  }
  await load.documents.write(shardDocument('s1'), {
    shard: 's1',
    status: 'succeeded',
    counts,
    severalSnapshots: true,
    finishedAt: new Date().toISOString(),
  });
}

async function verified(load: Load): Promise<TableVerification[]> {
  await verify(load);
  return load.documents.need(verificationDocument);
}

describe('a load from MariaDB into PostgreSQL', () => {
  test('is planned for AWS DMS, since direct copies from PostgreSQL only', async () => {
    const { plan } = await plannedLoad(stage.services, request());
    expect(plan.strategy).toBe('dms');
    expect(plan.rejected).toContainEqual({
      strategy: 'direct',
      reason: 'it copies from PostgreSQL to PostgreSQL, not from mariadb to postgres',
    });
    const [nothing, customers, orderLines] = ['shop.nothing', 'shop.customers', 'shop."Order Lines"'].map((name) =>
      plan.tables.find(({ source }) => source === name),
    );
    expect(customers).toMatchObject({ target: 'shop.customers', format: 'text', key: ['id'], keyIsCollated: false });
    expect(customers!.columns.map(({ castTo }) => castTo)).toEqual(Array(7).fill(undefined));
    expect(orderLines).toMatchObject({ target: 'shop."Order Lines"', key: ['select'], keyIsCollated: true });
    expect(nothing).toMatchObject({ key: ['id'], where: [] });
    await expect(plannedLoad(stage.services, request(undefined, { strategy: 'direct' }), 'other')).rejects.toThrow(
      'it copies from PostgreSQL to PostgreSQL, not from mariadb to postgres',
    );
  });

  test('a column of a type that would lose something is refused by name, with what to do', async () => {
    await target.query('alter table shop.customers alter score type double precision');
    await expect(plannedLoad(stage.services, request())).rejects.toThrow(
      'column score of shop.customers ("double precision"): it does not take over score of shop.customers, decimal(10,2), ' +
        'without loss. Make it numeric(10,2) in the target, or drop it in transform["shop.customers"]',
    );
    await server.query('alter table shop.customers modify seen timestamp(6) null');
    await expect(
      plannedLoad(stage.services, request([{ name: 'shop.customers', columns: ['id', 'name', 'seen', 'active'] }])),
    ).rejects.toThrow(/\(AWS DMS promises milliseconds, and this type has digits behind them\)\. Drop it in/);
  });

  test('rows that are all there are verified: no rows, names that need quoting, NULLs and signs beyond 16 bits', async () => {
    const load = await plannedLoad(stage.services, request());
    await untilDone(() => takePositionBefore(load));
    await carryOver(load);
    expect(
      (await verified(load)).map(({ source, sourceRows, targetRows, verified: good }) => ({
        source,
        sourceRows,
        targetRows,
        good,
      })),
    ).toEqual([
      { source: 'shop.customers', sourceRows: 100, targetRows: 100, good: true },
      { source: 'shop.nothing', sourceRows: 0, targetRows: 0, good: true },
      { source: 'shop."Order Lines"', sourceRows: 2, targetRows: 2, good: true },
    ]);
  });

  test('a row that is missing, and one that is new in the source, are mismatches: nothing there tells what changed', async () => {
    const load = await plannedLoad(stage.services, request());
    await untilDone(() => takePositionBefore(load));
    await carryOver(load);
    await target.query('delete from shop.customers where id = 7');
    await server.query('insert into shop.nothing values (1)');
    const [customers, nothing] = await verified(load);
    expect(customers!.mismatches).toEqual(['the target holds 99 rows where 100 were expected']);
    expect(nothing!.mismatches).toEqual([
      'the source holds 1 rows now, 0 were copied, and nothing is known of changes since: load while nobody writes to it',
    ]);
  });

  test('a big table is counted in ranges of its key on both sides', async () => {
    await server.query(`create table shop.big (id bigint unsigned primary key) as select 9223372036854000000 + seq * 10 as id from seq_1_to_60000;
      analyze table shop.big`);
    await target.query(`create table shop.big as select 9223372036854000000 + seq * 10 as id from generate_series(1, 60000) seq;
      alter table shop.big add primary key (id)`);
    const load = await plannedLoad(
      stage.services,
      request(['shop.big'], { target: { connection: 'mailer/target', ifNotEmpty: 'truncate' } }),
    );
    const [cut] = load.survey.source.tables[0]!.keyQuantiles.slice(3);
    const ranges = [
      { id: 1, table: 'shop.big', to: cut!, estimatedRows: 3e9 },
      { id: 2, table: 'shop.big', from: cut!, estimatedRows: 3e9 },
    ];
    Object.assign(load.plan, { ranges });
    Object.assign(load.plan.tables[0]!, { estimatedRows: 6e9, estimatedBytes: 6e11 });
    await load.documents.write(shardDocument('s1'), {
      shard: 's1',
      status: 'succeeded',
      counts: [{ table: 'shop.big', rowsRead: 60_000, rowsWritten: 60_000, rowsRemoved: 0, rowsReread: 0 }],
      finishedAt: new Date().toISOString(),
    });
    expect(await verified(load)).toMatchObject([{ sourceRows: 60_000, targetRows: 60_000, verified: true }]);
    const source = await mysql.connect(server.address, { applicationName: 'test', field: 'source.connection' });
    const read = { name: 'shop.big', only: true, where: [], key: { columns: ['id'], types: ['bigint(20) unsigned'] } };
    const parts = [await source.countRows(read, { to: cut! }), await source.countRows(read, { from: cut! })];
    expect(parts[0]! + parts[1]!).toBe(60_000);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    await source.end();
  });

  test('a date of zeros that came after the survey fails the load when it is counted', async () => {
    const load = await plannedLoad(stage.services, request(['shop.customers']));
    await carryOver(load);
    await server.query("set sql_mode = ''; update shop.customers set born = '0000-00-00' where id = 4");
    await expect(verify(load)).rejects.toMatchObject({
      name: 'LoadFailedError',
      message: expect.stringContaining('shop.customers: born holds a date such as 0000-00-00'),
    });
  });
});

describe('conditions on a MariaDB source', () => {
  async function countWhere(condition: Condition): Promise<number> {
    await server.query(`create table shop.picked (id bigint primary key, amount decimal(10,2), word varchar(20), at datetime, yes tinyint(1));
      insert into shop.picked values (1, 0.10, 'a', '2026-01-01', 0), (2, 0.05, 'b', '2026-01-01 23:59:59', 1), (3, 5, null, '2026-01-02', 0),
        (9007199254740992, 6, '\\\\\\' or 1=1 -- ', '2026-01-03', 0), (9007199254740993, 6, 'a', '2026-01-03', 0)`);
    const options = { applicationName: 'test', field: 'source.connection' };
    const source = await mysql.connect({ ...server.address, database: 'shop' }, options);
    try {
      return await source.countRows({ name: 'shop.picked', only: true, where: [condition] }, {});
    } finally {
      await source.end();
    }
  }

  test.each<[string, Condition, number]>([
    ['a number that no floating-point number is', { column: 'id', is: '9007199254740993' }, 1],
    ['at least', { column: 'id', atLeast: 3 }, 3],
    ['at most', { column: 'amount', atMost: '0.10' }, 2],
    ['another value, or none', { column: 'word', isNot: 'a' }, 3],
    ['no value', { column: 'word', is: null }, 1],
    ['any value', { column: 'word', isNot: null }, 4],
    ['a text with quotes and backslashes', { column: 'word', is: `\\' or 1=1 -- ` }, 1],
    ['a date', { column: 'at', atLeast: '2026-01-02' }, 3],
    ['a truth', { column: 'yes', is: true }, 1],
  ])('%s', async (_case, condition, rows) => {
    expect(await countWhere(condition)).toBe(rows);
  });

  test('a value that MySQL would make something of is refused when the load is planned', async () => {
    const tables = [{ name: 'shop.customers', where: [{ column: 'id', is: 'abc' }] }];
    await expect(plannedLoad(stage.services, request(tables))).rejects.toThrow(
      'source.tables[0].where[0] ("abc"): id of shop.customers is bigint(20) unsigned, and this is no value of it',
    );
  });
});

describe('where a MariaDB source stands', () => {
  const stitch = async (load: Load) =>
    Object.fromEntries(
      (await load.documents.need(stitchPointDocument)).conditions.map(({ condition, certainty }) => [
        condition,
        certainty,
      ]),
    );

  test('the stitch point has the GTIDs before and after, and knows that nothing was truncated or altered', async () => {
    const load = await plannedLoad(stage.services, request());
    await untilDone(() => takePositionBefore(load));
    await carryOver(load);
    await server.query('create table shop.later (id int)');
    await verify(load);
    const { source } = await load.documents.need(stitchPointDocument);
    const [before, after] = [source.before, source.after].map((gtid) => Number(/^0-1-(\d+)$/.exec(gtid ?? '')?.[1]));
    expect(after).toBe(before! + 1);
    expect(await stitch(load)).toMatchObject({
      'writers-ended': 'checked',
      'not-truncated': 'checked',
      'columns-unchanged': 'checked',
      keyed: 'checked',
    });
  });

  test('a table that was truncated or altered meanwhile is told', async () => {
    const load = await plannedLoad(stage.services, request());
    await untilDone(() => takePositionBefore(load));
    await carryOver(load);
    await server.query('truncate shop.`Order Lines`; alter table shop.nothing add more int');
    await verify(load);
    expect(await stitch(load)).toMatchObject({ 'not-truncated': 'unknown', 'columns-unchanged': 'unknown' });
  });

  test('a transaction that was writing is waited for', async () => {
    const load = await plannedLoad(stage.services, request());
    await server.query('start transaction; insert into shop.nothing values (1)');
    expect(await takePositionBefore(load)).toMatchObject({ status: 'working' });
    await server.query('commit');
    expect(await takePositionBefore(load)).toMatchObject({ status: 'done' });
    expect((await load.documents.need(positionsDocument)).before?.writersLeft).toEqual([]);
  });

  test('a user without the right to know who writes is told no more than it may', async () => {
    await server.query("create or replace user reader identified by 'secret'; grant select on shop.* to reader");
    const limited = await stageFor({ ...server.address, user: 'reader', password: 'secret', database: 'shop' });
    const load = await plannedLoad(limited.services, request());
    await untilDone(() => takePositionBefore(load));
    await carryOver(load);
    expect((await verified(load)).every((table) => table.verified)).toBe(true);
    expect(await stitch(load)).toMatchObject({
      'writers-ended': 'unknown',
      'not-truncated': 'unknown',
      'columns-unchanged': 'checked',
    });
    await limited.remove();
  });

  test('a server that stops while it is read may come back', async () => {
    const load = await plannedLoad(stage.services, request());
    const away = await stageFor({ ...server.address, port: 1 });
    await expect(takePositionBefore({ ...load, services: away.services })).rejects.toMatchObject({
      name: 'TransientError',
    });
    await away.remove();
  });
});

describe('rows that a transformation leaves of a MariaDB source', () => {
  async function countLeft(transformed: Transformed): Promise<number> {
    await server.query(`create table shop.left_of (\`a \`\`b?\` varchar(20) character set latin1, n bigint, born date not null);
      set sql_mode = '';
      insert into shop.left_of values ('a', 1, '2024-02-29'), ('A', 1, '0000-00-00'), ('a ', 2, '2024-02-28'), ('ä?', null, '2024-02-28'), (null, null, '2024-02-28')`);
    const options = { applicationName: 'test', field: 'source.connection' };
    const source = await mysql.connect({ ...server.address, database: 'shop' }, options);
    try {
      const where: Condition[] = [{ column: 'born', isNot: '2024-02-27' }];
      return await source.countRows({ name: 'shop.left_of', only: true, where, columns: [], transformed }, {});
    } finally {
      await source.end();
    }
  }

  const types = { 'a `b?': 'varchar(20)', n: 'bigint(20)', born: 'date' };
  const text = 'a `b?';
  test.each<[string, RowFilter, number]>([
    ['text byte by byte', { column: text, is: '=', value: { text: 'a' } }, 1],
    ['text in UTF-8', { column: text, in: [{ text: 'ä?' }, { text: 'a ' }] }, 2],
    ['text in the order of its bytes', { column: text, is: '<', value: { text: 'a' } }, 1],
    ['what is not known is neither', { not: { column: 'n', is: '=', value: { number: '1' } } }, 1],
    ['no value', { column: 'n', isNull: true }, 2],
    ['a date of zeros, which is a value', { column: 'born', isNull: true }, 0],
    ['any date', { column: 'born', isNull: false }, 5],
    ['a date', { column: 'born', is: '>=', value: { text: '2024-02-29' } }, 1],
    [
      'several together',
      {
        or: [
          {
            and: [
              { column: 'n', is: '>', value: { number: '1.5' } },
              { column: text, isNull: false },
            ],
          },
          { column: text, isNull: true },
        ],
      },
      2,
    ],
  ])('%s', async (_case, filter, rows) => {
    expect(await countLeft({ filter, types })).toBe(rows);
  });

  test.each([
    [[text], 5],
    [['n'], 3],
    [['n', 'n', 'born'], 4],
  ])('each combination of %j once', async (distinct, rows) => {
    expect(await countLeft({ distinct, types })).toBe(rows);
  });

  test('a filter comes before', async () => {
    const filter: RowFilter = { column: 'n', is: '<=', value: { number: '1' } };
    expect(await countLeft({ filter, distinct: ['n'], types })).toBe(1);
  });
});
