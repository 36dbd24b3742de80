import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import { keepFilesInMemory, useScratch } from './scratch.ts';

/** Where jest's workers, processes of their own, find the server that globalSetup started for the whole run. */
const VARIABLE = 'INITIAL_LOAD_TEST_POSTGRES';

let server: PostgresServer | undefined;

export async function startForAll(): Promise<void> {
  await keepFilesInMemory();
  // Suites run side by side, and some of them eight loads at once.
  server = await startPostgres({ settings: { max_connections: '300' } });
  await useScratch(server.directory);
  process.env[VARIABLE] = JSON.stringify({ port: server.port, user: server.user, password: server.password });
}

export async function stopForAll(): Promise<void> {
  await server?.stop();
}

export function testServer(): { port: number; user: string; password: string } {
  const login = process.env[VARIABLE];
  if (!login) throw new Error('The tests run through `npm test`, which starts a PostgreSQL server for them first.');
  return JSON.parse(login) as { port: number; user: string; password: string };
}
