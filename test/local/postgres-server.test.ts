import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres } from '../../local/postgres-server.ts';
import { commandLinesNaming, startInAnotherProcess, untilGone } from '../support/other-process.ts';

const serverModule = fileURLToPath(new URL('../../local/postgres-server.ts', import.meta.url));

async function firstRow(connectionString: string, sql: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] as Record<string, unknown>;
  } finally {
    await client.end();
  }
}

function startInAnotherProgram(afterwards: string) {
  return startInAnotherProcess<{ directory: string }>(`
    import { startPostgres } from ${JSON.stringify(serverModule)};
    const { directory } = await startPostgres();
    console.log(JSON.stringify({ directory }));
    ${afterwards}`);
}

test('a server runs, takes databases of any name, and leaves nothing when stopped', async () => {
  const server = await startPostgres();
  await server.createDatabase('Häuser "und" Höfe 50%');
  const row = await firstRow(
    server.url('Häuser "und" Höfe 50%'),
    `select current_database() as name, current_setting('server_encoding') as encoding`,
  );
  expect(row).toEqual({ name: 'Häuser "und" Höfe 50%', encoding: 'UTF8' });
  expect(commandLinesNaming(server.directory)).not.toHaveLength(0);
  await server.stop();
  await server.stop();
  expect(existsSync(server.directory)).toBe(false);
  expect(commandLinesNaming(server.directory)).toHaveLength(0);
});

test('settings can be given, the password is asked for and stands in no command line', async () => {
  const server = await startPostgres({ settings: { fsync: 'on', wal_level: 'logical' } });
  try {
    const row = await firstRow(
      server.url('postgres'),
      `select current_setting('fsync') as fsync, current_setting('wal_level') as wal`,
    );
    expect(row).toEqual({ fsync: 'on', wal: 'logical' });
    const wrong = server.url('postgres').replace(server.password, 'wrong');
    await expect(firstRow(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(commandLinesNaming(server.password)).toHaveLength(0);
  } finally {
    await server.stop();
  }
});

test('a restart cuts every connection and keeps the data', async () => {
  const server = await startPostgres();
  const client = new Client({ connectionString: server.url('postgres') });
  try {
    await client.connect();
    await client.query('create table kept as select 1 as one');
    const cut: Error[] = [];
    client.on('error', (error) => cut.push(error));
    await server.restart();
    await expect(client.query('select 1')).rejects.toThrow(/not queryable|terminated/);
    expect(cut).not.toHaveLength(0);
    expect(await firstRow(server.url('postgres'), 'select one from kept')).toEqual({ one: 1 });
  } finally {
    await server.stop();
  }
});

test('a setting that the server refuses is reported in its words, and nothing is left', async () => {
  await expect(startPostgres({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(/shared_buffers/);
});

test('after kill -9 of the program that started it, neither process nor directory is left', async () => {
  const { child, answer } = await startInAnotherProgram('setInterval(() => {}, 1_000);');
  expect(existsSync(answer.directory)).toBe(true);
  expect(commandLinesNaming(answer.directory)).not.toHaveLength(0);
  child.kill('SIGKILL');
  await untilGone(answer.directory);
});

test('a program that forgets to stop its server ends all the same, and so does the server', async () => {
  const { child, answer } = await startInAnotherProgram('');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  await untilGone(answer.directory);
});
