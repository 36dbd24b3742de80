import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import { makeScratch, removeScratch } from './scratch.ts';

/** Where jest's workers, processes of their own, find the server that globalSetup started for the whole run. */
const VARIABLE = 'INITIAL_LOAD_TEST_POSTGRES';

let server: PostgresServer | undefined;

export async function startForAll(): Promise<void> {
  await makeScratch();
  // Suites run side by side, and some of them eight loads at once.
  server = await startPostgres({ settings: { max_connections: '300' } });
  process.env[VARIABLE] = JSON.stringify({ port: server.port, user: server.user, password: server.password });
}

export async function stopForAll(): Promise<void> {
  await server?.stop();
  await removeScratch();
}

export function testServer(): { port: number; user: string; password: string } {
  const login = process.env[VARIABLE];
  if (!login) throw new Error('The tests run through `npm test`, which starts a PostgreSQL server for them first.');
  return JSON.parse(login) as { port: number; user: string; password: string };
}
