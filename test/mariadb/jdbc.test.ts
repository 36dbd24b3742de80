import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createConnection, type Connection } from 'mysql2/promise';
import { buildJobDocument } from '../../src/load/glue/job/job-document-of.ts';
import { mariadbJdbc } from '../../src/databases/mysql/jdbc.ts';
import { column } from '../plan/surveys.ts';
import { setJobStage, START, type JobStage } from '../load/glue/job-stage.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** The SQL with which Spark reads, on a MariaDB server, and what PostgreSQL makes of the text that it answers. */

const databases = openTestDatabases();
let server: MariadbServer;
let session: Connection;
let target: TestDatabase;
let stage: JobStage;

beforeAll(async () => {
  server = await startMariadb();
  const { host, port, database, user, password } = server.address;
  session = await createConnection({ host, port, database, user, password, charset: 'utf8mb4' });
  const options = { tls: 'none', applicationName: 'il a-load glue', majorVersion: 10 } as const;
  await session.query(`set session ${mariadbJdbc.properties(options)['sessionVariables']}`);
});
afterAll(async () => {
  await session.end();
  await server.stop();
  await databases.dropAll();
});
beforeEach(async () => {
  await server.query('drop database if exists shop; create database shop character set utf8mb4; use shop');
  target = await databases.createDatabase();
  await target.query('create schema shop');
  stage = await setJobStage(server.address, target.address);
});
afterEach(() => stage.remove());

describe('what is read arrives', () => {
  test('of every type that PostgreSQL takes over', async () => {
    await server.query(`create table everything (id bigint unsigned primary key, flag tinyint(1), small smallint,
      filled int(6) unsigned zerofill, price decimal(38,10), exact double, rounded double(10,2), bit_ bit(1), born date,
      seen datetime(3), changed timestamp null, took time, since year, letters char(5), name varchar(20),
      latin varchar(20) character set latin1, note longtext, mood enum('ok','it''s','a,b'), tags set('x','y z'),
      fixed binary(4), bytes varbinary(20), blob_ longblob);
      set time_zone = '+05:30';
      insert into everything values
        (1, 1, -32768, 42, '-1234567890123456789012345678.0123456789', 0.1e0 + 0.2e0, 0.1, b'1', '2024-02-29',
         '1999-12-31 23:59:59.999', '2024-01-01 05:30:00', '-838:59:59', 2024, 'ab', '😀 Łukasz  ', _latin1 x'81e98d', 'a\\tb\\n\\\\N',
         'it''s', 'x,y z', x'00ff5c27', x'', x'00'),
        (2, 0, 32767, 0, 0, 1.7976931348623157e308, -99999999.99, b'0', '9999-12-31', '1000-01-01 00:00:00', null, '838:59:59', 1901,
         '', '', '', '', 'a,b', '', x'00', x'deadbeef', repeat(x'ab', 100000)),
        (9223372036854775807, null, null, null, null, 5e-324, null, null, '0001-01-01', null, null, null, null, null, null, null,
         null, null, null, null, null, null)`);
    await target.query(`create table shop.everything (id bigint primary key, flag boolean, small smallint, filled bigint,
      price numeric, exact double precision, rounded double precision, bit_ boolean, born date, seen timestamp(3),
      changed timestamp, took text, since smallint, letters char(5), name varchar(20), latin text, note text, mood text, tags text,
      fixed bytea, bytes bytea, blob_ bytea)`);
    await stage.run(await stage.prepared(['shop.everything']), START);
    const rows = await target.query(`select *, id::text, born::text, seen::text, changed::text, exact::text,
      encode(fixed, 'hex') as fixed, encode(bytes, 'hex') as bytes, length(blob_) as blob_ from shop.everything order by 1`);
    expect(rows).toEqual([
      {
        id: '1',
        flag: true,
        small: -32_768,
        filled: '42',
        price: '-1234567890123456789012345678.0123456789',
        exact: '0.30000000000000004',
        rounded: 0.1,
        bit_: true,
        born: '2024-02-29',
        seen: '1999-12-31 23:59:59.999',
        changed: '2024-01-01 00:00:00',
        took: '-838:59:59',
        since: 2024,
        letters: 'ab   ',
        name: '😀 Łukasz  ',
        latin: '\u0081é\u008d',
        note: 'a\tb\n\\N',
        mood: "it's",
        tags: 'x,y z',
        fixed: '00ff5c27',
        bytes: '',
        blob_: 1,
      },
      {
        id: '2',
        flag: false,
        small: 32_767,
        filled: '0',
        price: '0.0000000000',
        exact: '1.7976931348623157e+308',
        rounded: -99_999_999.99,
        bit_: false,
        born: '9999-12-31',
        seen: '1000-01-01 00:00:00',
        changed: null,
        took: '838:59:59',
        since: 1901,
        letters: '     ',
        name: '',
        latin: '',
        note: '',
        mood: 'a,b',
        tags: '',
        fixed: '00000000',
        bytes: 'deadbeef',
        blob_: 100_000,
      },
      {
        id: '9223372036854775807',
        flag: null,
        small: null,
        filled: null,
        price: null,
        exact: '5e-324',
        rounded: null,
        bit_: null,
        born: '0001-01-01',
        seen: null,
        changed: null,
        took: null,
        since: null,
        letters: null,
        name: null,
        latin: null,
        note: null,
        mood: null,
        tags: null,
        fixed: null,
        bytes: null,
        blob_: null,
      },
    ]);
  });

  test('of floating-point numbers, each to its last bit', async () => {
    await server.query(`create table numbers (id int auto_increment primary key, v double);
      insert into numbers (v) select (rand(seq) - 0.5) * pow(10, seq % 300) from seq_1_to_2000;
      insert into numbers (v) select 1 / (1 + rand(seq) * pow(10, seq % 300)) from seq_1_to_2000`);
    await target.query('create table shop.numbers (id int primary key, v double precision)');
    await stage.run(await stage.prepared(['shop.numbers']), START);
    const [read] = await session.execute('select id, v from shop.numbers order by id');
    expect(await target.query('select id, v from shop.numbers order by id')).toEqual(read);
  });

  test('within the request’s conditions, also for what isn’t loaded, from what is called by words of SQL', async () => {
    await server.query(
      'create table `Order Lines` (`select` varchar(20) primary key, `größe` int, `a?b` varchar(20));',
    );
    await server.query(
      "insert into `Order Lines` values ('a', 1, 'it''s \\\\ ?'), ('b', 2, 'it''s \\\\ ?'), ('c', 2, '')",
    );
    await target.query('create table shop."Order Lines" ("select" text primary key)');
    const load = await stage.prepared([
      {
        name: 'shop."Order Lines"',
        columns: ['select'],
        where: [
          { column: 'a?b', is: "it's \\ ?" },
          { column: 'größe', atLeast: 2 },
        ],
      },
    ]);
    await stage.run(load, START);
    expect(await target.query('select * from shop."Order Lines"')).toEqual([{ select: 'b' }]);
  });
});

describe('what has no place', () => {
  test.each(['0000-00-00', '2024-00-10', '2024-02-31'])(
    'in PostgreSQL is an error and no NULL: the date %s',
    async (date) => {
      await server.query(`create table t (id int primary key, d date not null, at datetime)`);
      await target.query('create table shop.t (id int primary key, d date, at timestamp)');
      // Planning looks for such dates, so it comes later.
      const document = buildJobDocument(await stage.prepared(['shop.t']), START);
      const job = stage.steps(document);
      await server.query(`set sql_mode = 'ALLOW_INVALID_DATES'; insert into t values (1, '${date}', null)`);
      await job.takeOver();
      await job.createStage(document.tables[0]!);
      await expect(job.stagePartition(document.tables[0]!, 0)).rejects.toThrow(
        `date/time field value out of range: "${date}"`,
      );
    },
  );

  test.each([
    ['date', '0000-00-00'],
    ['date', '2024-00-10'],
    ['datetime(6)', '2024-02-31 10:00:00'],
    ['timestamp', '0000-00-00 00:00:00'],
  ])('in Spark is an error that names the column: the %s %s', async (type, value) => {
    const sql = await typedQuery(type, `'${value}'`, "set sql_mode = 'ALLOW_INVALID_DATES';");
    await expect(session.query(sql)).rejects.toThrow(/out of range in '.*octet_length\(.*`v`\)/);
  });

  test('in a packet of the server’s is an error and no NULL', async () => {
    await server.query("create table t (id int primary key, v longblob); insert into t values (1, repeat('x', 2000))");
    const query = mariadbJdbc.readQuery(
      { name: 'shop.t', only: true, where: [] },
      [{ column: column('v', 'longblob'), text: 'c1' }],
      [],
    );
    const [before] = await session.query<never>('select @@global.max_allowed_packet as bytes');
    await server.query('set global max_allowed_packet = 4096');
    const { host, port, database, user, password } = server.address;
    const narrow = await createConnection({ host, port, database, user, password });
    try {
      expect((await narrow.query(`select length(c1) as length from ${query}`))[0]).toEqual([{ length: 4002 }]);
      await server.query("update t set v = repeat('x', 2100)");
      await expect(narrow.query(`select c1 from ${query}`)).rejects.toThrow(/out of range in '.*octet_length/);
    } finally {
      await narrow.end();
      await server.query(`set global max_allowed_packet = ${(before as { bytes: number }[])[0]!.bytes}`);
    }
  });
});

describe('what the server makes for a type of Spark', () => {
  test.each([
    ['date', "'2024-02-29'", Date.parse('2024-02-29') / 86_400_000],
    ['date', "'1582-10-10'", Date.parse('1582-10-10') / 86_400_000],
    ['date', "'0001-01-01'", Date.parse('0001-01-01') / 86_400_000],
    ['date', 'null', null],
    ['datetime(6)', "'1969-12-31 23:59:59.999999'", -1],
    ['datetime(6)', "'1582-10-10 12:00:00.123456'", '-12219681599876544'],
    ['bigint unsigned', '18446744073709551615', '18446744073709551615'],
    ['tinyint(1)', '2', 2],
    ['bit(10)', "b'1000000001'", 513],
    ['float', '0.1', 0.10000000149011612],
    ['double(10,2)', '0.1', 0.1],
    ['decimal(38,2)', '999999999999999999999999999999999999.99', '999999999999999999999999999999999999.99'],
    ['year', '2024', 2024],
    ['varbinary(5)', "x'00ff'", Buffer.from([0, 255])],
  ])('of the %s %s is its value', async (type, value, expected) => {
    const [rows] = await session.query({ sql: await typedQuery(type, value), supportBigNumbers: true } as never);
    expect(rows).toEqual([{ n1: expected }]);
  });
});

async function typedQuery(type: string, value: string, before = ''): Promise<string> {
  await server.query(`${before} create table t (id int primary key, v ${type}); insert into t values (1, ${value});
    set sql_mode = default`);
  const typed = column('v', type);
  expect(mariadbJdbc.typedAs(typed, 'n1')).toBeDefined();
  const columns = [{ column: typed, text: 'c1', typed: 'n1' }];
  return `select n1 from ${mariadbJdbc.readQuery({ name: 'shop.t', only: true, where: [] }, columns, [])}`;
}

test('a partition goes by the index of the key, and all of them have each row once', async () => {
  await server.query(`create table big (id bigint primary key, v varchar(1000), b blob);
    insert into big select cast(seq as signed) * 10 - 500000, repeat('x', 1000), 'b' from seq_1_to_60000; analyze table big`);
  await target.query('create table shop.big (id bigint primary key, v text, b bytea)');
  const load = await stage.prepared(['shop.big'], { limits: { maxSourceConnections: 2 } });
  // More than one, whatever the server's estimates are.
  load.plan.ranges = [
    { id: 1, table: 'shop.big', to: ['-100'], estimatedRows: 1 },
    { id: 2, table: 'shop.big', from: ['-100'], to: ['7'], estimatedRows: 1 },
    { id: 3, table: 'shop.big', from: ['7'], estimatedRows: 1 },
  ];
  const document = buildJobDocument(load, START);
  const { query, partitions } = document.tables[0]!.read;
  expect(partitions).toHaveLength(2);
  const [plan] = await session.query<never>(`explain select c1, c2, c3 from ${query} where k1 > 5 and k1 <= 700`);
  expect(plan).toMatchObject([{ select_type: 'SIMPLE', type: 'range', key: 'PRIMARY' }]);
  const job = stage.steps(document);
  await job.takeOver();
  await job.createStage(document.tables[0]!);
  expect((await job.stagePartition(document.tables[0]!, 0)) + (await job.stagePartition(document.tables[0]!, 1))).toBe(
    60_000,
  );
});
