import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult } from '../../src/model.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { type } from '../cli/terminal.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { Gate, gateOn } from './gate.ts';
import { start, type Started } from './processes.ts';

const databases = openTestDatabases();
const SCHEMA = `
  create schema hr;
  create table hr.departments (id int primary key, name text not null);
  create table hr.employees (id int primary key, name text not null, department int references hr.departments);`;
let source: TestDatabase;
let target: TestDatabase;
let directory: string;
let store: string;
let silent: Server;
let unanswered: Started;

beforeAll(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  await source.query(`${SCHEMA}
    insert into hr.departments select n, 'd' || n from generate_series(1, 10) n;
    insert into hr.employees select n, 'e' || n, 1 + n % 10 from generate_series(1, 100) n; analyze`);
  await target.query(SCHEMA);
  Object.assign(process.env, { REFUSED_SOURCE: source.url, REFUSED_TARGET: target.url });
  // A host that takes the connection and never says a word: it is waited for while the other stories are told.
  silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  unanswered = await startUnanswered();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'refused-loads-'));
  store = join(directory, 'store');
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(async () => {
  silent.close();
  await databases.dropAll();
});

const request = (fields: Record<string, unknown> = {}) => ({
  dataset: 'employees',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:REFUSED_SOURCE', tables: ['hr.employees', 'hr.departments'] },
  target: { engine: 'postgres', connection: 'env:REFUSED_TARGET' },
  ...fields,
});
const from = (fields: Record<string, unknown>) => ({ source: { ...request().source, ...fields } });
const to = (fields: Record<string, unknown>) => ({ target: { ...request().target, ...fields } });
const run = (text: string, ...more: string[]) => type(['run', '-', '--local', '--store', store, ...more], text);

/** Everything of a database that a load could have touched. */
const catalogueOf = (database: TestDatabase) =>
  database.query(`
    select 'relation' as kind, relname::text as name, relfilenode::text as detail from pg_class
      where relnamespace in ('hr'::regnamespace, 'public'::regnamespace)
    union all select 'constraint', conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'hr'::regnamespace
    union all select 'trigger', tgname, tgenabled::text from pg_trigger
    union all select 'lock', locktype, mode from pg_locks
      where database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()
    order by 1, 2, 3`);
const filesIn = async (place: string) =>
  (await readdir(place, { recursive: true }).catch((): string[] => [])).toSorted();

/** Runs it as text and as JSON: exit status 2, one message, and nothing made anywhere. */
async function expectRefused(text: string, said: string | RegExp): Promise<void> {
  const before = [await catalogueOf(source), await catalogueOf(target)];
  const { status, stdout, stderr } = await run(text);
  const messages = stderr.split('\n').filter((line) => line.startsWith('initial-load: '));
  expect(messages).toEqual([expect.stringMatching(said)]);
  expect({ status, stdout, last: stderr.endsWith(`${messages[0]}\n`) }).toEqual({ status: 2, stdout: '', last: true });
  const json = await run(text, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 'FAILED', failure: { error: 'RequestError' } });
  expect((JSON.parse(json.stdout) as LoadResult).failure?.cause).toMatch(said);
  expect(json.status).toBe(2);
  expect(await filesIn(store)).toEqual([]);
  expect([await catalogueOf(source), await catalogueOf(target)]).toEqual(before);
}

describe('a load is refused before anything is made, with one message,', () => {
  test.each([
    [
      'malformed JSON',
      '{ "dataset": "employees", ',
      /^(initial-load: )?request: it is not JSON: at line 1, column 27, .+/,
    ],
    ['nothing', '', /request: it is not JSON: at line 1, column 1, where the text ends/],
    ['an array', '[]', 'request: it is an array, but must be an object. Give the request itself'],
    ['a string', '"employees"', 'request: it is a string, but must be an object'],
    ['null', 'null', 'request: it is null, but must be an object'],
    ['a number', '17', 'request: it is a number, but must be an object'],
  ])('when it is %s', (_what, text, said) => expectRefused(text, said));

  test.each<[string, Record<string, unknown>, string]>([
    ['a field nobody knows', { onFailiure: 'keep' }, 'onFailiure: .*"onFailure"'],
    ['an engine nobody knows', from({ engine: 'postgras' }), String.raw`source\.engine \("postgras"\): .*"postgres"`],
    ['an engine that is not read yet', from({ engine: 'oracle' }), String.raw`source\.(engine|connection) \(.*oracle`],
    [
      'a table that the source lacks',
      from({ tables: ['hr.employes'] }),
      String.raw`source\.tables\[0\] \("hr\.employes"\): .*no such table.* Did you mean hr\.employees\?`,
    ],
    [
      'a table that the target lacks',
      to({ tables: { 'hr.employees': 'public.people' } }),
      String.raw`target\.tables\["hr\.employees"\] \("public\.people"\): .*no such table`,
    ],
    [
      'a column that the source lacks',
      from({ tables: [{ name: 'hr.employees', columns: ['id', 'nam'] }, 'hr.departments'] }),
      String.raw`source\.tables\[0\]\.columns\[1\] \("nam"\): .*no such column\. Did you mean name\?`,
    ],
    ['a strategy that is not built', { strategy: 'dms' }, String.raw`strategy \("dms"\): it does not fit this load`],
    ['another one', { strategy: 'glue' }, String.raw`strategy \("glue"\): it does not fit this load`],
    ['a replay that nobody accepted', { strategy: 'replay' }, 'acceptReplay: .*Write "acceptReplay": true'],
    ['no time', { limits: { deadlineMinutes: 0 } }, String.raw`limits\.deadlineMinutes \(0\): `],
    [
      'a limit that no strategy keeps',
      { limits: { maxCostUsd: 0.000001 } },
      String.raw`limits\.maxCostUsd \(0\.000001\): no strategy stays within it \(direct: it would cost about .* Raise the limit`,
    ],
    ['a negative cost', { limits: { maxCostUsd: -1 } }, String.raw`limits\.maxCostUsd \(-1\): `],
    [
      'a connection that is not set',
      from({ connection: 'env:REFUSED_NOWHERE' }),
      String.raw`source\.connection \("env:REFUSED_NOWHERE"\): the environment variable REFUSED_NOWHERE is not set\. Set it`,
    ],
    [
      'a connection that is no URL',
      to({ connection: 'env:PATH' }),
      String.raw`target\.connection \("env:PATH"\): what it holds is not a URL\. Write postgres:`,
    ],
    [
      'a webhook whose secret is not set',
      { notify: [{ channel: 'webhook', url: 'https://127.0.0.1:1/', secret: 'env:REFUSED_NOWHERE' }] },
      String.raw`notify\[0\]\.secret \("env:REFUSED_NOWHERE"\): the environment variable REFUSED_NOWHERE is not set`,
    ],
    [
      'the source as its own target',
      to({ connection: 'env:REFUSED_SOURCE' }),
      String.raw`target\.connection: .*loaded into itself`,
    ],
  ])('when it has %s', (_what, fields, said) => expectRefused(JSON.stringify(request(fields)), new RegExp(said)));

  test.each([
    [
      'a column that the target lacks',
      'alter table hr.employees drop column name',
      String.raw`column name of hr\.employees: the target has no such column .*Add it there`,
    ],
    [
      'a column of a type that would lose something',
      'alter table hr.employees alter column name type smallint using 1',
      String.raw`column name of hr\.employees \("smallint"\): it does not take over name of hr\.employees, text, without loss`,
    ],
    [
      'a column that nothing goes into and that needs a value',
      'alter table hr.employees add column boss int not null',
      String.raw`column boss of hr\.employees: nothing of hr\.employees goes into it`,
    ],
    [
      'rows in the way',
      `insert into hr.departments values (99, 'in the way')`,
      String.raw`target\.tables \("hr\.departments"\): this table is not empty\. Empty it, or set target\.ifNotEmpty`,
    ],
  ])('when the target has %s', async (_what, change, said) => {
    await target.query(change);
    await expectRefused(JSON.stringify(request()), new RegExp(said)).finally(() =>
      target.query(`drop schema hr cascade; ${SCHEMA}`),
    );
  });

  test('when the password is wrong, without saying it', async () => {
    const wrong = source.url.replace(source.address.password, 'not-the-password');
    process.env['REFUSED_WRONG'] = wrong;
    const said = /source\.connection \("127\.0\.0\.1:\d+\/.*"\): refused the user name or the password\. Check both/;
    await expectRefused(JSON.stringify(request(from({ connection: 'env:REFUSED_WRONG' }))), said);
  });

  test('when the server asks for a password and there is none', async () => {
    process.env['REFUSED_WRONG'] = source.url.replace(`:${source.address.password}@`, '@');
    const said = /source\.connection \(".*"\): asks for a password, and there is none\. Put it behind the connection/;
    await expectRefused(JSON.stringify(request(from({ connection: 'env:REFUSED_WRONG' }))), said);
  });

  test('when the target is set to read only', async () => {
    await target.query(`alter database ${target.name} set default_transaction_read_only = on`);
    const said = /target\.connection: the database, or the role, is set to read only .* Name another database or role/;
    await expectRefused(JSON.stringify(request()), said).finally(() =>
      target.query(`alter database ${target.name} reset default_transaction_read_only`),
    );
  });

  test('when there is no such database, and when nothing listens', async () => {
    process.env['REFUSED_WRONG'] = `${target.url}-not`;
    await expectRefused(
      JSON.stringify(request(to({ connection: 'env:REFUSED_WRONG' }))),
      /target\.connection \(".*-not"\): has no such database\. Check the name/,
    );
    process.env['REFUSED_WRONG'] = 'postgres://nobody:secret@127.0.0.1:1/nothing';
    await expectRefused(
      JSON.stringify(request(to({ connection: 'env:REFUSED_WRONG' }))),
      /target\.connection \("127\.0\.0\.1:1\/nothing"\): cannot be reached \(ECONNREFUSED\)\. Check host and port/,
    );
  });

  test.each(['source', 'target'] as const)('when row-level security hides rows of the %s', async (side) => {
    const { user, password } = await databases.createRole();
    const database = side === 'source' ? source : target;
    const { host, port } = database.address;
    process.env['REFUSED_WRONG'] = `postgres://${user}:${password}@${host}:${port}/${database.name}`;
    await database.query(`grant usage, create on schema hr to ${user}; grant all on all tables in schema hr to ${user};
      alter table hr.departments owner to ${user}; alter table hr.employees owner to ${user};
      alter table hr.employees enable row level security; alter table hr.employees force row level security;
      create policy own on hr.employees using (id < 50)`);
    const fields = (side === 'source' ? from : to)({ connection: 'env:REFUSED_WRONG' });
    const said = new RegExp(String.raw`${side}\.connection \("hr\.employees"\): row-level security may hide rows`);
    await expectRefused(JSON.stringify(request(fields)), said).finally(() =>
      database.query(`drop policy own on hr.employees; alter table hr.employees disable row level security;
        alter table hr.employees no force row level security;
        alter table hr.departments owner to postgres; alter table hr.employees owner to postgres`),
    );
    await database.query(`drop owned by ${user}`);
  });

  test('when another load into one of its tables runs', async () => {
    const file = join(directory, 'request.json');
    await writeFile(file, JSON.stringify(request()));
    await target.query(`${gateOn('hr.departments', 'true')}; ${gateOn('hr.employees', 'true')}`);
    const gate = await Gate.close(target.url);
    const first = start(['run', file, '--local', '--store', store, '--load-id', 'first'], {});
    await gate.reachedBy(first);
    const files = await filesIn(store);
    const second = await run(JSON.stringify(request({ consumer: 'other' })));
    expect(second.status).toBe(2);
    expect(second.stderr).toMatch(
      /\ninitial-load: target \("hr\.employees"\): load first \(employees for mailer\) holds it since .*\n$/,
    );
    process.env['REFUSED_WRONG'] = target.url;
    const other = await run(JSON.stringify(request(to({ connection: 'env:REFUSED_WRONG' }))));
    expect(other.status).toBe(2);
    expect(other.stderr).toMatch(
      /\ninitial-load: target \("hr\.employees"\): load first .* end it: npx initial-load tear-down first --local --store .*\n$/,
    );
    expect(await filesIn(store)).toEqual(files);
    await gate.open();
    expect(await first.ended).toMatchObject({ status: 0 });
    await target.query(`drop schema hr cascade; ${SCHEMA}`);
  });

  test('when its host takes the connection and never answers, within 15 seconds', async () => {
    const { status, stderr } = await unanswered.ended;
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /\ninitial-load: source\.connection \(".*"\): cannot be reached \(no answer in time\)\. Check host/,
    );
    expect(endedAt - begunAt).toBeLessThan(15_000);
  });
});

describe('of a load that is refused', () => {
  afterEach(() => target.query(`drop schema hr cascade; ${SCHEMA}`));

  test('the result of an earlier attempt stays what is known of it', async () => {
    const text = JSON.stringify(request());
    expect(await run(text, '--load-id', 'again')).toMatchObject({ status: 0 });
    const result = await readFile(join(store, 'loads/again/result.json'), 'utf8');
    const again = await run(text, '--load-id', 'again');
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/initial-load: target\.tables \("hr\.employees"\): this table is not empty/);
    expect(await readFile(join(store, 'loads/again/result.json'), 'utf8')).toBe(result);
    expect(await filesIn(store)).toEqual(['loads', 'loads/again', 'loads/again/result.json']);
    for (const command of ['status', 'report', 'watch', 'tear-down']) {
      const said = await type([command, 'again', '--local', '--store', store]);
      expect({ command, status: said.status }).toEqual({ command, status: 0 });
      expect(said.stdout).toContain('again, attempt 1');
    }
    await target.query('truncate hr.employees, hr.departments');
    const next = await run(text, '--load-id', 'again', '--json');
    expect(JSON.parse(next.stdout)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
  });

  test('locks that a process killed while it was accepted left are given back by tear-down', async () => {
    await new DirectoryStore(store).write('locks/killed.json', {
      loadId: 'killed',
      held: [],
      wanted: ['env:REFUSED_TARGET hr.employees'],
    });
    const refused = await run(JSON.stringify(request()));
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain(`end it: npx initial-load tear-down killed --local --store ${store}\n`);
    const tornDown = await type(['tear-down', 'killed', '--local', '--store', store]);
    expect(tornDown).toEqual({
      status: 0,
      stdout: 'killed: it had made nothing, and nothing is left of it\n',
      stderr: '',
    });
    expect(await filesIn(store)).toEqual([]);
    expect(await type(['tear-down', 'killed', '--local', '--store', store])).toMatchObject({ status: 2 });
    expect(await run(JSON.stringify(request()))).toMatchObject({ status: 0 });
  });
});

let [begunAt, endedAt] = [0, 0];
async function startUnanswered(): Promise<Started> {
  const place = await mkdtemp(join(tmpdir(), 'refused-loads-'));
  const file = join(place, 'request.json');
  await writeFile(file, JSON.stringify(request(from({ connection: 'env:SILENT' }))));
  const { port } = silent.address() as AddressInfo;
  begunAt = Date.now();
  const started = start(['run', file, '--local', '--store', place], { SILENT: `postgres://u:p@127.0.0.1:${port}/db` });
  void started.ended.then(() => {
    endedAt = Date.now();
    return rm(place, { recursive: true });
  });
  return started;
}
