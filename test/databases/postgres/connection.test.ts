import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect, isTransient } from '../../../src/databases/postgres/connection.ts';
import { RequestError, TransientError } from '../../../src/errors.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let database: TestDatabase;
const options = { applicationName: 'il test part', field: 'source.connection' };

beforeAll(async () => {
  database = await databases.createDatabase();
});
afterAll(() => databases.dropAll());

async function failure(change: object): Promise<Error> {
  const error: unknown = await connect({ ...database.address, ...change }, options).then(
    (client) => client.end(),
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

test('a session reads and writes values in one form, whatever the role or database has set', async () => {
  const strange = await databases.createDatabase();
  const settings = [
    "datestyle = 'SQL, DMY'",
    "timezone = 'Asia/Kolkata'",
    "statement_timeout = '1ms'",
    'extra_float_digits = -15',
  ];
  for (const setting of settings) await strange.query(`alter database ${strange.name} set ${setting}`);
  const client = await connect(strange.address, options);
  const { rows } = await client.query(
    `select '2024-02-01 12:00+02'::timestamptz::text as moment, 0.1::float8::text as number, pg_sleep(0.01)::text as slept,
            current_setting('search_path') as path, current_setting('row_security') as row_security,
            '\\x01ff'::bytea::text as bytes, current_setting('application_name') as name`,
  );
  await client.end();
  expect(rows).toEqual([
    {
      moment: '2024-02-01 10:00:00+00',
      number: '0.1',
      slept: '',
      path: '',
      row_security: 'off',
      bytes: '\\x01ff',
      name: 'il test part',
    },
  ]);
});

test("a wrong password is the request's mistake, and the message holds no credential", async () => {
  const error = await failure({ user: 'canary-user', password: 'canary-password' });
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('source.connection');
  expect(error.message).toContain(`127.0.0.1:${database.address.port}/${database.name}`);
  expect(error.message).toContain('password');
  expect(error.message).not.toContain('canary');
});

test('an unknown database is named', async () => {
  const error = await failure({ database: 'nowhere' });
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('/nowhere');
  expect(error.message).toContain('no such database');
});

test('a role that may not connect to the database is told so', async () => {
  const role = await databases.createRole();
  await database.query(`revoke connect on database ${database.name} from public`);
  expect((await failure(role)).message).toContain('Grant CONNECT');
});

test('a port where nobody listens and a host that has no address cannot be reached', async () => {
  expect((await failure({ port: 1 })).message).toContain('cannot be reached (ECONNREFUSED)');
  expect((await failure({ host: 'no-such-host.invalid' })).message).toMatch(
    /cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/,
  );
});

test('a server without TLS is refused when the connection asks for TLS', async () => {
  const error = await failure({ tls: { verify: true } });
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('does not speak TLS');
});

test('a host that takes the connection and never answers is given up', async () => {
  const { address, close } = await listenSilently();
  const error = await failure(address);
  close();
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('cannot be reached (no answer in time)');
});

test('a server with no connection left may have one later', async () => {
  const role = await databases.createRole('connection limit 0');
  await database.query(`grant connect on database ${database.name} to ${role.user}`);
  expect(await failure(role)).toBeInstanceOf(TransientError);
});

test('a connection that is cut while idle ends no process, and its next query fails as transient', async () => {
  const client = await connect(database.address, options);
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const cut = once(client, 'error');
  await database.query('select pg_terminate_backend($1)', [rows[0].pid]);
  const [reason] = await cut;
  expect(isTransient(reason)).toBe(true);
  const error: unknown = await client.query('select 1').catch((problem: unknown) => problem);
  expect(isTransient(error)).toBe(true);
});

test('a query cut in the middle, a deadlock and a lock not had are transient', async () => {
  const client = await connect(database.address, options);
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const sleeping = client.query('select pg_sleep(60)').catch((problem: unknown) => problem);
  await database.query('select pg_terminate_backend($1)', [rows[0].pid]);
  expect(isTransient(await sleeping)).toBe(true);
  expect(isTransient(Object.assign(new Error('deadlock detected'), { code: '40P01' }))).toBe(true);
  expect(isTransient(new Error('wrapped', { cause: Object.assign(new Error(), { code: '55P03' }) }))).toBe(true);
});

test('a broken constraint and a mistake in the request are not transient', async () => {
  const error: unknown = await database.query('select 1/0').catch((problem: unknown) => problem);
  expect(isTransient(error)).toBe(false);
  expect(isTransient(Object.assign(new Error('duplicate key'), { code: '23505' }))).toBe(false);
  expect(isTransient(await failure({ port: 1 }))).toBe(false);
  expect(isTransient('text')).toBe(false);
});

async function listenSilently(): Promise<{ address: { port: number }; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: { port: (server.address() as AddressInfo).port },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
