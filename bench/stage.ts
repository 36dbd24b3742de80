import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from '../local/postgres-server.ts';
import { fillEmployees } from '../local/sample-data/fill.ts';
import { createSampleTables } from '../local/sample-data/schema.ts';
import type { OneLoad } from './one-load.ts';

/** A server with the sample's employees in one database and empty tables in another. */
export interface Stage {
  sourceUrl: string;
  targetUrl: string;
  /** One statement in a database of the stage. */
  query(url: string, sql: string): Promise<Record<string, unknown>[]>;
  /** Loads hr.employees in a process of its own. */
  load(workers: number): Promise<OneLoad>;
  remove(): Promise<void>;
}

/** Of the functions that move rows, in config/functions-data-plane.yml. */
export const FUNCTION_NODE_OPTIONS = '--max-semi-space-size=4';
export const EMPLOYEES = 'hr.employees';

export async function setStage(employees: number): Promise<Stage> {
  const server = await startPostgres();
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-bench-'));
  await server.createDatabase('source');
  await server.createDatabase('target');
  const [sourceUrl, targetUrl] = [server.url('source'), server.url('target')];
  await withClient(sourceUrl, async (client) => {
    await createSampleTables(client);
    await fillEmployees(client, employees);
    await client.query('vacuum analyze');
  });
  await withClient(targetUrl, createSampleTables);
  return {
    sourceUrl,
    targetUrl,
    query: async (url, sql) => (await withClient(url, (client) => client.query(sql))).rows as Record<string, unknown>[],
    load: (workers) => runOneLoad(requestOf(workers), directory, { SOURCE_URL: sourceUrl, TARGET_URL: targetUrl }),
    async remove() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function requestOf(workers: number): object {
  return {
    dataset: 'employees',
    consumer: 'bench',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: [EMPLOYEES] },
    target: { engine: 'postgres', connection: 'env:TARGET_URL', ifNotEmpty: 'truncate' },
    limits: { maxSourceConnections: workers },
  };
}

/** One load in a process of its own. */
export async function runOneLoad(request: object, directory: string, env: Record<string, string>): Promise<OneLoad> {
  const script = join(import.meta.dirname, 'one-load.ts');
  return JSON.parse(await run(process.execPath, [script, JSON.stringify(request), directory], env)) as OneLoad;
}

/** Runs a command; @returns its standard output @throws Error when it fails */
export async function run(command: string, parameters: string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(command, parameters, {
    env: { ...globalThis.process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (block: Buffer) => output.push(block));
  child.stderr.on('data', (block: Buffer) => errors.push(block));
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(output).toString();
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
