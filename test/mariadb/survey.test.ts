import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { RequestError } from '../../src/errors.ts';
import type { Survey } from '../../src/model.ts';
import { parseRequest } from '../../src/request/parse.ts';
import type { Services } from '../../src/services.ts';
import { surveyDatabases } from '../../src/survey/survey.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';

const SCHEMA = `
  create database shop character set utf8mb4;
  create database \`Odd "names"\`;
  use shop;
  create table customers (
    id bigint unsigned auto_increment primary key, email varchar(100) not null unique, note mediumtext not null,
    born date, seen timestamp(3) null, score decimal(10,2) default 0, kind enum('a','b''c'), active tinyint(1) not null,
    initial char(1) as (left(email, 1)) virtual);
  create table orders (
    customer bigint unsigned not null, number int not null, primary key (customer, number),
    constraint of_customer foreign key (customer) references customers (id));
  create table codes (code varchar(10) primary key, unique short (code(3)));
  create table log (line text);
  create view names as select email from customers;
  create sequence numbers;
  insert into customers (email, note, born, active) values ('ł😀@x', repeat('é', 1000), '2001-02-03', 1), ('b@x', '', null, 0);
  create table \`Odd "names"\`.\`a.b c\` (\`select\` int primary key, \`ü\` int);`;

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
  await server.query(SCHEMA);
});
afterAll(() => server.stop());

interface Change {
  tables?: unknown[];
  address?: Partial<DatabaseAddress>;
  engine?: string;
  transform?: object;
}

/** The source only: what a target is, PostgreSQL's tests tell. */
function survey({ tables = ['shop.customers'], address, engine = 'mariadb', transform }: Change = {}): Promise<Survey> {
  const request = parseRequest({
    dataset: 'test',
    consumer: 'mailer',
    source: { engine, connection: 'shop/source', tables },
    target: { engine: 's3', uri: 's3://files/shop' },
    ...(transform && { transform }),
  });
  const services = {
    now: () => new Date('2026-01-02T03:04:05Z'),
    deployment: { name: 'test', dms: { accessRoleArn: 'arn:aws:iam::1:role/r', subnetIds: [], securityGroupIds: [] } },
    resolveConnection: () => Promise.resolve({ ...server.address, engine, database: 'shop', ...address }),
  } as Partial<Services> as Services;
  return surveyDatabases(request, services);
}

async function refusal(change: Change): Promise<string> {
  const error: unknown = await survey(change).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(RequestError);
  return (error as Error).message;
}

describe('what is measured of a MariaDB source', () => {
  test('the server, and where its binary log stands', async () => {
    const { source } = await survey();
    expect(source).toMatchObject({ engine: 'mariadb', database: 'shop', readReplica: false, tls: 'none' });
    expect(source.version).toMatch(/^MariaDB \d+\.\d+/);
    expect(source.majorVersion).toBeGreaterThanOrEqual(10);
    expect(source.position).toMatch(/^0-1-\d+$/);
    expect(JSON.stringify(source)).not.toContain(server.address.password);
  });

  test('columns as the catalogue writes them, keys, foreign keys, sizes', async () => {
    const { source } = await survey({ tables: ['shop.customers', 'shop.orders', 'shop.codes', 'shop.log'] });
    const [customers, orders, codes, log] = source.tables;
    expect(customers).toMatchObject({
      name: 'shop.customers',
      kind: 'table',
      key: ['id'],
      keyIsCollated: false,
      uniqueKeys: [['id'], ['email']],
      foreignKeys: [],
      keyQuantiles: [],
      largestLobBytes: 2000,
    });
    expect(
      customers!.columns.map(({ name, type, nullable, generated }) => ({ name, type, nullable, generated })),
    ).toEqual([
      { name: 'id', type: 'bigint(20) unsigned', nullable: false, generated: false },
      { name: 'email', type: 'varchar(100)', nullable: false, generated: false },
      { name: 'note', type: 'mediumtext', nullable: false, generated: false },
      { name: 'born', type: 'date', nullable: true, generated: false },
      { name: 'seen', type: 'timestamp(3)', nullable: true, generated: false },
      { name: 'score', type: 'decimal(10,2)', nullable: true, generated: false },
      { name: 'kind', type: "enum('a','b''c')", nullable: true, generated: false },
      { name: 'active', type: 'tinyint(1)', nullable: false, generated: false },
      { name: 'initial', type: 'char(1)', nullable: true, generated: true },
    ]);
    expect(orders).toMatchObject({
      key: ['customer', 'number'],
      foreignKeys: [
        { name: 'of_customer', columns: ['customer'], references: 'shop.customers', referencedColumns: ['id'] },
      ],
    });
    // An index over the beginning of a value keeps no two values apart.
    expect(codes).toMatchObject({ key: ['code'], keyIsCollated: true, uniqueKeys: [['code']] });
    expect(log!.key).toBeUndefined();
    expect(log!.estimatedBytes).toBeGreaterThan(0);
  });

  test('a wildcard is every table of the database, without views and sequences', async () => {
    const { source } = await survey({ tables: ['shop.*'] });
    expect(source.tables.map(({ name }) => name)).toEqual(['shop.codes', 'shop.customers', 'shop.log', 'shop.orders']);
  });

  test('names that need quoting', async () => {
    const { source } = await survey({ tables: ['"Odd ""names"""."a.b c"'] });
    expect(source.tables[0]).toMatchObject({ name: '"Odd ""names"""."a.b c"', key: ['select'] });
    expect(source.tables[0]!.columns.map(({ name }) => name)).toEqual(['select', 'ü']);
  });

  test('a big table is cut evenly between the least and the greatest key', async () => {
    await server.query(`create table shop.big (id bigint unsigned primary key) as select 9223372036854000000 + seq as id
                          from seq_1_to_60000; analyze table shop.big`);
    const { source } = await survey({ tables: ['shop.big'] });
    const [{ keyQuantiles, estimatedRows }] = source.tables as [Survey['source']['tables'][number]];
    expect(estimatedRows).toBeGreaterThan(50_000);
    expect(keyQuantiles.length).toBeGreaterThan(5);
    expect(keyQuantiles.map(([key]) => BigInt(key!))).toEqual(
      keyQuantiles.map(([key]) => BigInt(key!)).toSorted((one, other) => (one < other ? -1 : 1)),
    );
    await server.query('drop table shop.big');
  });

  test('a server that nobody may write to is taken for a replica', async () => {
    await server.query('set global read_only = 1');
    expect((await survey()).source.readReplica).toBe(true);
    await server.query('set global read_only = 0');
  });
});

describe('what is refused of a MariaDB source', () => {
  test('MariaDB that is called MySQL, since AWS DMS must be told which it is', async () => {
    expect(await refusal({ engine: 'mysql' })).toMatch(
      /^source\.engine \("mysql"\): the server is MariaDB\. Write "mariadb"/,
    );
  });

  test('a missing table, a missing database, a name in another case, a missing column', async () => {
    expect(await refusal({ tables: ['shop.customer'] })).toContain('Did you mean shop.customers?');
    expect(await refusal({ tables: ['nowhere.*'] })).toContain('no tables in this schema');
    expect(await refusal({ tables: ['shop."Customers"'] })).toContain('Did you mean shop.customers?');
    const tables = [{ name: 'shop.customers', columns: ['id', 'Email'] }];
    expect(await refusal({ tables })).toContain('Did you mean email?');
  });

  test('a view and a sequence', async () => {
    expect(await refusal({ tables: ['shop.names'] })).toContain('it is a view, not a table');
    expect(await refusal({ tables: ['shop.numbers'] })).toContain('it is not a table');
  });

  test('what the user may not read, without saying who that is', async () => {
    await server.query(`create user limited identified by 'canary-secret'; grant select (id, email) on shop.customers to limited;
      grant select on shop.orders to limited`);
    const address = { user: 'limited', password: 'canary-secret' };
    const message = await refusal({ address });
    expect(message).toMatch(
      /^source\.connection \("shop\.customers"\): the user may not read it: SELECT command denied/,
    );
    expect(message).not.toContain('limited');
    const some = { tables: [{ name: 'shop.customers', columns: ['id', 'email'] }, 'shop.orders'], address };
    expect((await survey(some)).source.tables.map(({ columns }) => columns.length)).toEqual([2, 2]);
  });

  test.each(['0000-00-00', '2021-00-05', '2021-02-31'])(
    'the date %s, unless its column is not loaded',
    async (date) => {
      await server.query(
        `set sql_mode = 'ALLOW_INVALID_DATES'; update shop.customers set born = '${date}' where email = 'b@x'`,
      );
      expect(await refusal({})).toMatch(/^source\.tables \("shop\.customers"\): born holds a date such as 0000-00-00/);
      const tables = [{ name: 'shop.customers', columns: ['id'] }];
      expect((await survey({ tables })).source.tables).toHaveLength(1);
      expect((await survey({ transform: { 'shop.customers': { drop: ['born'] } } })).source.tables).toHaveLength(1);
      await server.query("update shop.customers set born = null where email = 'b@x'");
    },
  );

  test('an unsigned number that is beyond bigint', async () => {
    await server.query(`create table shop.beyond (id bigint unsigned primary key) as select 9223372036854775807 as id`);
    expect((await survey({ tables: ['shop.beyond'] })).source.tables).toHaveLength(1);
    await server.query('update shop.beyond set id = id + 1');
    expect(await refusal({ tables: ['shop.beyond'] })).toContain('id holds a number beyond bigint');
    await server.query('drop table shop.beyond');
  });

  test('an invisible column, a system-versioned table, a name with a quote in it', async () => {
    await server.query(`use shop; create table hidden (id int primary key, secret int invisible);
      create table history (id int primary key) with system versioning; create table \`it's\` (id int)`);
    expect(await refusal({ tables: ['shop.hidden'] })).toContain('AWS DMS leaves out invisible columns, as secret is');
    const visible = [{ name: 'shop.hidden', columns: ['id'] }];
    expect((await survey({ tables: visible })).source.tables).toHaveLength(1);
    expect(await refusal({ tables: ['shop.history'] })).toContain('AWS DMS does not read system-versioned tables');
    expect(await refusal({ tables: [`shop."it's"`] })).toContain("with a quote in its name, as it's has");
    await server.query("drop table hidden, history, `it's`");
  });
});

describe('a connection that fails', () => {
  const failing = async (address: Partial<DatabaseAddress>) => refusal({ address });

  test('says what is wrong, and no user or password', async () => {
    const wrong = await failing({ user: 'nobody-knows', password: 'canary-secret' });
    expect(wrong).toMatch(/^source\.connection \("127\.0\.0\.1:\d+\/shop"\): refused the user name or the password/);
    expect(wrong).not.toMatch(/nobody-knows|canary/);
    expect(await failing({ database: 'nowhere' })).toContain('has no such database');
    expect(await failing({ port: 1 })).toContain('cannot be reached (ECONNREFUSED)');
    expect(await failing({ host: 'no-such-host.invalid' })).toMatch(/cannot be reached \(E(NOTFOUND|AI_AGAIN)\)/);
    expect(await failing({ tls: { verify: true } })).toContain('does not speak TLS');
  });
});
