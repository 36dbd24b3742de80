import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import type { LoadResult } from '../../src/model.ts';
import { Gate, gateOn } from './gate.ts';
import { start, type Started } from './processes.ts';

const ROWS = 6_000;
/** The row whose chunk waits in the target while the test holds the gate. */
const GATE_ROW = 3_000;
const TABLES = `
  create schema hr;
  create table hr.items (id int primary key, label text, family int);
  create table hr.families (id int primary key, name text);
  create table hr.log (line text, note text);`;
const FILL = `
  insert into hr.items select n, 'item ' || n, 1 + n % 10 from generate_series(1, ${ROWS}) n;
  insert into hr.families select n, 'family ' || n from generate_series(1, 10) n;
  insert into hr.log select 'line ' || n % 50, 'x' from generate_series(1, 1000) n;
  analyze;`;
const TARGET = `${TABLES} ${gateOn('hr.items', `id = ${GATE_ROW}`)};
  alter table hr.items add constraint items_family foreign key (family) references hr.families;`;

/** A database on a server of this file's own, which may be restarted. */
class Database {
  readonly server: PostgresServer;
  readonly name: string;
  readonly #pool: Pool;

  constructor(server: PostgresServer, name: string) {
    this.server = server;
    this.name = name;
    this.#pool = new Pool({ connectionString: server.url(name), allowExitOnIdle: true, idleTimeoutMillis: 0 });
    this.#pool.on('error', () => {});
  }

  get url(): string {
    return this.server.url(this.name);
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    const result = await this.#pool.query(sql);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: Record<string, unknown>[] }).rows;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

let servers: { source: PostgresServer; target: PostgresServer };
let source: Database;
let target: Database;
let directory: string;
const running: Started[] = [];
let gate: Gate | undefined;
let count = 0;

beforeAll(async () => {
  const [one, other] = await Promise.all([startPostgres(), startPostgres()]);
  servers = { source: one, target: other };
});
beforeEach(async () => {
  count += 1;
  [source, target] = await Promise.all([open(servers.source), open(servers.target)]);
  await source.query(TABLES + FILL);
  await target.query(TARGET);
  directory = await mkdtemp(join(tmpdir(), 'bad-days-'));
});
afterEach(async () => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
  await gate?.open();
  await Promise.all([source.end(), target.end()]);
  await rm(directory, { recursive: true });
});
afterAll(() => Promise.all([servers.source.stop(), servers.target.stop()]));

async function open(server: PostgresServer): Promise<Database> {
  await server.createDatabase(`bad_${count}`);
  return new Database(server, `bad_${count}`);
}

const request = (fields: Record<string, unknown> = {}) => ({
  dataset: 'items',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['hr.items', 'hr.families', 'hr.log'] },
  target: { engine: 'postgres', connection: 'env:TARGET_URL' },
  limits: { maxSourceConnections: 1 },
  direct: { chunkRows: 500 },
  ...fields,
});

async function load(fields: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<Started> {
  const file = join(directory, 'request.json');
  await writeFile(file, JSON.stringify(request(fields)));
  const words = ['run', file, '--local', '--store', join(directory, 'store'), '--load-id', 'bad-day', '--json'];
  const started = start(words, { SOURCE_URL: source.url, TARGET_URL: target.url, ...env });
  running.push(started);
  return started;
}

/** Starts a load and waits until it stands in the middle of a chunk of hr.items. */
async function loadToTheGate(fields: Record<string, unknown> = {}, env: Record<string, string> = {}): Promise<Started> {
  gate = await Gate.close(target.url);
  const started = await load(fields, env);
  await gate.reachedBy(started);
  return started;
}

async function endOf(started: Started): Promise<{ status: number | null; result: LoadResult }> {
  const { status, stdout, stderr } = await started.ended;
  if (stdout === '') throw new Error(`It ended with ${status} and said: ${stderr}`);
  return { status, result: JSON.parse(stdout) as LoadResult };
}

const rowsOf = (database: Database) =>
  database.query(`select 'items' as "table", md5(string_agg(i::text, ',' order by i.id)) as rows from hr.items i
    union all select 'families', md5(string_agg(f::text, ',' order by f.id)) from hr.families f
    union all select 'log', md5(string_agg(l::text, ',' order by l.line)) from hr.log l`);
/** Everything of the target but rows: nothing of a load may be left, and nothing of the target be missing. */
const objectsOf = (database: Database) =>
  database.query(`select relname::text as name, relkind::text as detail from pg_class where relnamespace = 'hr'::regnamespace
    union all select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'hr'::regnamespace
    union all select application_name, 'session' from pg_stat_activity where application_name like 'il %'
    order by 1, 2`);
async function locksLeft(): Promise<string[]> {
  return (await readdir(join(directory, 'store'), { recursive: true })).filter((name) => name.startsWith('locks'));
}

async function expectLoaded(started: Started): Promise<void> {
  const objects = await objectsWithoutLoad;
  const { status, result } = await endOf(started);
  expect({ status, failure: result.failure }).toEqual({ status: 0, failure: undefined });
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  expect(await rowsOf(target)).toEqual(await rowsOf(source));
  expect(await objectsOf(target)).toEqual(objects);
  expect(await locksLeft()).toEqual([]);
}

/** The target is as it was found. */
async function expectFailed(started: Started, cause: RegExp): Promise<void> {
  const objects = await objectsWithoutLoad;
  const { status, result } = await endOf(started);
  expect({ status, cause: result.failure?.cause }).toEqual({ status: 1, cause: expect.stringMatching(cause) });
  expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
  expect(await target.query('select from hr.items limit 1')).toEqual([]);
  expect(await target.query('select from hr.log limit 1')).toEqual([]);
  expect(await objectsOf(target)).toEqual(objects);
  expect(await locksLeft()).toEqual([]);
}

let objectsWithoutLoad: Promise<Record<string, unknown>[]>;
beforeEach(() => {
  objectsWithoutLoad = objectsOf(target);
});

describe('a load goes on', () => {
  test.each(['source', 'target'] as const)('when the %s is restarted in the middle', async (side) => {
    const started = await loadToTheGate();
    await servers[side].restart();
    await gate?.open();
    await expectLoaded(started);
    // A person who waits is told why.
    expect((await started.ended).stderr).toMatch(/\nFor now: .+\n/);
  });

  test.each(['source', 'target'] as const)('when its connections to the %s are cut', async (side) => {
    const started = await loadToTheGate();
    const database = { source, target }[side];
    const cut = await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'il bad-day s%' and datname = current_database()`);
    expect(cut.length).toBeGreaterThan(0);
    await gate?.open();
    await expectLoaded(started);
  });
});

test('a load that three processes begin at once is loaded by one of them', async () => {
  const started = await Promise.all([load(), load(), load()]);
  const ended = await Promise.all(started.map(({ ended: end }) => end));
  // The others are superseded, or come when the target is not empty any more.
  expect(ended.filter(({ status }) => status === 0)).toHaveLength(1);
  expect(ended.filter(({ status }) => status === 1 || status === 2)).toHaveLength(2);
  await expectLoaded(started[ended.findIndex(({ status }) => status === 0)]!);
});

test('a load goes on when nobody reads what it says', async () => {
  const started = await loadToTheGate();
  started.child.stdout?.destroy();
  started.child.stderr?.destroy();
  await gate?.open();
  expect(await started.ended).toMatchObject({ status: 0 });
  expect(await rowsOf(target)).toEqual(await rowsOf(source));
});

const OBSTACLES: [what: string, obstacle: string, removal: string, cause: RegExp][] = [
  [
    'a check that some rows do not pass',
    `alter table hr.items add constraint short check (length(label) < 9)`,
    'alter table hr.items drop constraint short',
    /new row for relation "items" violates check constraint "short"$/,
  ],
  [
    'a NOT NULL where the source has NULL',
    'alter table hr.log alter column note set not null',
    'alter table hr.log alter column note drop not null',
    /null value in column "note" of relation "log" violates not-null constraint/,
  ],
  [
    'a unique constraint that the source does not keep',
    'alter table hr.items add constraint one_each unique (family)',
    'alter table hr.items drop constraint one_each',
    /duplicate key value violates unique constraint "one_each".*Key \(family\)=\(\d+\) already exists/,
  ],
  [
    'a foreign key that the source does not keep',
    'create table hr.few (id int primary key); alter table hr.items add constraint few foreign key (id) references hr.few',
    `insert into hr.few select generate_series(1, ${ROWS})`,
    /insert or update on table "items" violates foreign key constraint "few".*Key \(id\)=\(\d+\) is not present in table "few"/,
  ],
];

/** Of a target that keeps a load's rows: what it will be again. */
const asBefore = (objects: Record<string, unknown>[]) =>
  objects
    .filter(({ name }) => !String(name).startsWith('il-'))
    .map(({ name, detail }) => ({ name, detail: String(detail).replace(/ NOT VALID$/, '') }));

describe('a load fails with what the database said, and', () => {
  test.each(OBSTACLES)('leaves the target as it was found: %s', async (_what, obstacle, _removal, cause) => {
    await source.query('insert into hr.log values (null, null)');
    await target.query(obstacle);
    objectsWithoutLoad = objectsOf(target);
    await expectFailed(await load(), cause);
  });

  test.each(OBSTACLES)('goes on once it is mended, with "keep": %s', async (_what, obstacle, removal, cause) => {
    await source.query('insert into hr.log values (null, null)');
    await target.query(obstacle);
    const { status, result } = await endOf(await load({ onFailure: 'keep' }));
    expect({ status, tearDown: result.tearDown }).toEqual({ status: 1, tearDown: 'kept' });
    expect(result.failure?.cause).toMatch(cause);
    await target.query(removal);
    objectsWithoutLoad = objectsOf(target).then(asBefore);
    await expectLoaded(await load({ onFailure: 'keep' }));
  });

  test('leaves the target as it was found when the disk is full', async () => {
    await target.query(`create or replace function hr.gate(pass boolean) returns boolean language plpgsql as $$ begin
      if not pass then raise disk_full using message = 'could not extend file "base/5/1": No space left on device'; end if;
      return true; end $$`);
    await expectFailed(await load(), /could not extend file "base\/5\/1": No space left on device/);
  });

  test('leaves the target as it was found when a right is taken away', async () => {
    await target.query(`do $$ begin create role loader login password 'loader'; exception when others then end $$;
      grant usage, create on schema hr to loader; alter table hr.items owner to loader;
      alter table hr.families owner to loader; alter table hr.log owner to loader`);
    const started = await loadToTheGate({}, { TARGET_URL: target.url.replace(/\/\/.*@/, '//loader:loader@') });
    await target.query('revoke insert on hr.items from loader');
    await gate?.open();
    await expectFailed(started, /permission denied for table items/);
  });

  test('leaves the target as it was found when the source loses a column', async () => {
    const started = await loadToTheGate();
    await source.query('alter table hr.log drop column note');
    await gate?.open();
    await expectFailed(started, /column "note" does not exist/);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('leaves the target as it was found after %s', async (signal) => {
    const started = await loadToTheGate();
    started.child.kill(signal);
    await expectFailed(started, new RegExp(`^Interrupted by ${signal}\\.$`));
  });

  test('says what it could not tear down when the target is dropped', async () => {
    const started = await loadToTheGate();
    const admin = new Database(servers.target, 'postgres');
    await admin.query(`drop database ${target.name} with (force)`);
    await admin.end();
    const { status, result } = await endOf(started);
    expect(status).toBe(1);
    expect(result.failure?.cause).toMatch(/has no such database/);
    expect(result.tearDown).toBe('incomplete');
    expect(result.tornDown).toContainEqual(
      expect.objectContaining({ status: 'failed', detail: expect.stringContaining('has no such database') }),
    );
  });
});
