import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../../../local/postgres-server.ts';
import { connect, type Client } from '../../../src/databases/postgres/connection.ts';
import { readPosition } from '../../../src/databases/postgres/position.ts';

let server: PostgresServer;
let client: Client;
beforeAll(async () => {
  // Long enough for a commit that nobody waits for to be seen before its log is written.
  server = await startPostgres({ settings: { synchronous_commit: 'off', wal_writer_delay: '10s' } });
  const { port, user, password } = server;
  const address = { engine: 'postgres' as const, host: '127.0.0.1', port, user, password, database: 'postgres' };
  client = await connect(address, { applicationName: 'a test', field: 'source' });
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

test('a position is not before what was seen, also where commits are seen before their log is written', async () => {
  await client.query('create schema hr; create table hr.employees (id int primary key)');
  for (let id = 1; id <= 20; id += 1) {
    await client.query(`insert into hr.employees values (${id})`);
    const { rows: ends } = await client.query('select pg_current_wal_insert_lsn()::text as seen');
    const { lsn } = await readPosition(client, ['hr.employees'], new Date());
    const { rows } = await client.query('select $1::pg_lsn >= $2::pg_lsn as holds', [lsn, ends[0].seen]);
    expect(rows).toEqual([{ holds: true }]);
  }
});
