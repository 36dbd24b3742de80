import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stitchPointDocument, verificationDocument } from '../../src/store/documents.ts';
import { setDmsStage, stopAwsStandIns, throughDms } from '../support/dms-stage.ts';
import { loadAll, plannedLoad, requestOf, type LoadStage } from '../support/loads.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** Whole loads through the stand-in for DMS, which reads MariaDB with a reader of its own. */

const databases = openTestDatabases();
let server: MariadbServer;
let target: TestDatabase;
let stage: LoadStage;

beforeAll(async () => {
  server = await startMariadb();
  await server.query(`create database shop character set utf8mb4; use shop;
    create table customers (id bigint unsigned auto_increment primary key, name varchar(50) not null, code char(3), born date,
      seen timestamp(3) null, active tinyint(1) not null, flags bit(1), score decimal(30,10), ratio double, kind enum('a','b'),
      note longtext, picture mediumblob, token binary(4));
    set time_zone = '+05:00';
    insert into customers (name, code, born, seen, active, flags, score, ratio, kind, note, picture, token)
      values ('😀 \\\\ "Łukasz"', 'ab ', '1000-01-01', '2026-03-29 02:30:00.123', 1, b'1', 12345678901234567890.0123456789, 0.1, 'b',
              concat('start', repeat('é', 100000)), unhex(repeat('00ff', 50000)), unhex('00ff0a27')),
             ('', null, null, null, 0, b'0', -0.5, -1e-300, null, '', '', unhex('00000000')),
             ('NULL', null, null, null, 0, null, null, null, null, null, null, null);
    create table items (customer bigint unsigned not null, number smallint not null, text varchar(20), primary key (customer, number),
      foreign key (customer) references customers (id));
    insert into items select 1 + seq % 3, seq, if(seq % 2, null, concat('item ', seq)) from seq_1_to_2500;
    create table nothing (line text)`);
  target = await databases.createDatabase();
  await target.query(`create schema shop;
    create table shop.customers (id bigint primary key, full_name varchar(50) not null, code char(3), born date, seen timestamp(3),
      active boolean not null, flags boolean, score numeric(30,10), ratio double precision, kind text, note text, picture bytea, token bytea);
    create table shop."Items" (customer bigint not null references shop.customers, number smallint not null, text varchar(20),
      primary key (customer, number));
    create table shop.nothing (line text)`);
  stage = await setDmsStage({ ...server.address, database: 'shop' }, target.address);
});
afterAll(async () => {
  await server.stop();
  await stopAwsStandIns();
  await databases.dropAll();
  await stage.remove();
});

test('MariaDB arrives whole in PostgreSQL, and is verified', async () => {
  const request = requestOf(['shop.*'], {
    ...throughDms,
    source: { engine: 'mariadb', ...throughDms.source },
    target: { ...throughDms.target, tables: { 'shop.items': 'shop."Items"' } },
    transform: { 'shop.customers': { rename: { name: 'full_name' } } },
  });
  const load = await plannedLoad(stage.services, request);
  expect(await loadAll(load)).toBe(true);
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    { source: 'shop.customers', sourceRows: 3, targetRows: 3, verified: true },
    { source: 'shop.items', target: 'shop."Items"', sourceRows: 2500, targetRows: 2500, verified: true },
    { source: 'shop.nothing', sourceRows: 0, targetRows: 0, verified: true },
  ]);
  const { source } = await load.documents.need(stitchPointDocument);
  expect(source).toEqual({ before: expect.stringMatching(/^0-1-\d+$/), after: source.before });

  const customers =
    await target.query(`select id::text, full_name, code, born::text, seen::text, active, flags, score::text, ratio,
      kind, left(note, 7) as note, length(note) as note_length, md5(picture) as picture, encode(token, 'hex') as token
      from shop.customers order by id`);
  const [picture] = await server.query("select md5(unhex(repeat('00ff', 50000))) as picture");
  expect(customers).toEqual([
    {
      id: '1',
      full_name: '😀 \\ "Łukasz"',
      code: 'ab ',
      born: '1000-01-01',
      seen: '2026-03-28 21:30:00.123',
      active: true,
      flags: true,
      score: '12345678901234567890.0123456789',
      ratio: 0.1,
      kind: 'b',
      note: 'startéé',
      note_length: 100_005,
      picture: picture!.picture,
      token: '00ff0a27',
    },
    expect.objectContaining({
      id: '2',
      full_name: '',
      code: null,
      active: false,
      flags: false,
      ratio: -1e-300,
      note: '',
    }),
    expect.objectContaining({
      id: '3',
      full_name: 'NULL',
      flags: null,
      score: null,
      note: null,
      picture: null,
      token: null,
    }),
  ]);
  const [sum] = await target.query(`select sum(number)::int as numbers, count(text)::int as texts from shop."Items"`);
  expect(sum).toEqual({ numbers: (2500 * 2501) / 2, texts: 1250 });
});
