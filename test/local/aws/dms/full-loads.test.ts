import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import { openTestDatabases, type TestDatabase } from '../../../support/postgres.ts';
import {
  everythingIn,
  lookAtTask,
  loudSettings,
  putSecrets,
  readyTask,
  setStage,
  startTask,
  tablesOf,
  type Stage,
} from '../stage.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: Stage;

beforeAll(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
});
beforeEach(async () => {
  await both(
    'drop schema if exists hr cascade; drop schema if exists "Odd" cascade; drop schema if exists copy cascade',
  );
  await both('drop function if exists wait');
  stage = await setStage({ throttles: false });
  putSecrets(stage, { source, target });
});
afterEach(() => stage.end());
afterAll(() => databases.dropAll());

const both = (sql: string) => Promise.all([source.query(sql), target.query(sql)]);
const count = async (table: string) =>
  (await target.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n;

async function make(json: { mappings?: object; settings?: object } = {}): Promise<string> {
  const { task } = await readyTask(stage, { source: source.name, target: target.name, ...json });
  return task;
}

/** Starts, and waits until no row is on its way. */
async function run(task: string, type?: Parameters<typeof startTask>[2]): Promise<sdk.ReplicationTask> {
  await startTask(stage, task, type);
  await stage.aws.dms.settled();
  return lookAtTask(stage, task);
}

/** Until what moves rows in real time has come so far. */
/** In these two databases: the server is shared with other test files, whose stand-ins may be at work. */
async function openSessions(): Promise<number> {
  const sessions = `select 1 from pg_stat_activity
    where application_name = 'dms stand-in' and datname = current_database()`;
  return (await source.query(sessions)).length + (await target.query(sessions)).length;
}

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('mappings', () => {
  beforeEach(() =>
    both(`create schema hr; create schema "Odd"; create table hr.people (id int primary key, code varchar(20), age int, gone date);
          create table hr.other (id int primary key); create table "Odd"."Table.1" (id int primary key)`),
  );
  const at = (table: string, column?: string) => ({
    'object-locator': { 'schema-name': 'hr', 'table-name': table, ...(column && { 'column-name': column }) },
  });
  const only = (table: string, ...more: object[]) => {
    const [, ...rules] = everythingIn(
      'hr',
      { 'rule-type': 'selection', 'rule-action': 'include', ...at(table) },
      ...more,
    ).rules;
    return { rules };
  };
  const transformation = (level: string, action: string, where: object, value?: string) => ({
    'rule-type': 'transformation',
    'rule-target': level,
    'rule-action': action,
    ...where,
    ...(value !== undefined && { value }),
  });
  const filter = (column: string, ...conditions: object[]) => ({
    'filter-type': 'source',
    'column-name': column,
    'filter-conditions': conditions,
  });

  test('rename schemas, tables and columns, and leave columns out', async () => {
    await source.query(`insert into hr.people values (1, 'a', 30, null)`);
    await target.query(
      `create schema copy; create table copy.persons (id int primary key, label varchar(20), age int default 7)`,
    );
    const task = await make({
      mappings: only(
        'people',
        transformation('schema', 'rename', { 'object-locator': { 'schema-name': 'hr' } }, 'copy'),
        transformation('table', 'rename', at('people'), 'persons'),
        transformation('column', 'rename', at('people', 'code'), 'label'),
        transformation('column', 'remove-column', at('people', 'gone')),
        transformation('column', 'remove-column', at('people', 'age')),
      ),
    });
    expect(await run(task)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' });
    expect(await target.query('select * from copy.persons')).toEqual([{ id: 1, label: 'a', age: 7 }]);
    expect((await tablesOf(stage, task)).map(({ TableName }) => TableName)).toEqual(['people']);
  });

  test('take only the columns that they include', async () => {
    await source.query(`insert into hr.people values (1, 'a', 30, '2020-01-01')`);
    const included = (column: string) => transformation('column', 'include-column', at('people', column));
    await run(await make({ mappings: only('people', included('id'), included('age')) }));
    expect(await target.query('select * from hr.people')).toEqual([{ id: 1, code: null, age: 30, gone: null }]);
  });

  test('take odd names as they are, and exclude', async () => {
    await source.query(`insert into "Odd"."Table.1" values (1); insert into hr.other values (1)`);
    const locator = { 'object-locator': { 'schema-name': 'Odd', 'table-name': 'Table.1' } };
    const excluded = { 'rule-type': 'selection', 'rule-action': 'exclude', ...at('other') };
    const task = await make({
      mappings: everythingIn('hr', { 'rule-type': 'selection', 'rule-action': 'explicit', ...locator }, excluded),
    });
    await run(task);
    expect((await tablesOf(stage, task)).map(({ TableName }) => TableName)).toEqual(['Table.1', 'people']);
    expect(await count('"Odd"."Table.1"')).toBe(1);
  });

  test.each<[string, object[], number[]]>([
    ['eq', [filter('code', { 'filter-operator': 'eq', value: "it's" })], [2]],
    ['noteq', [filter('age', { 'filter-operator': 'noteq', value: '20' })], [1, 3]],
    ['ste', [filter('age', { 'filter-operator': 'ste', value: '20' })], [1, 2]],
    ['gte', [filter('age', { 'filter-operator': 'gte', value: '20' })], [2, 3]],
    ['between', [filter('age', { 'filter-operator': 'between', 'start-value': '15', 'end-value': '30' })], [2, 3]],
    ['null', [filter('gone', { 'filter-operator': 'null' })], [1, 2, 4]],
    ['notnull', [filter('age', { 'filter-operator': 'notnull' })], [1, 2, 3]],
    [
      'one of two conditions',
      [filter('age', { 'filter-operator': 'eq', value: '10' }, { 'filter-operator': 'null' })],
      [1, 4],
    ],
    [
      'two filters',
      [filter('age', { 'filter-operator': 'gte', value: '20' }), filter('gone', { 'filter-operator': 'null' })],
      [2],
    ],
  ])('filter rows by %s', async (_what, filters, ids) => {
    await source.query(
      `insert into hr.people values (1, 'a', 10, null), (2, 'it''s', 20, null), (3, 'c', 30, '2020-01-01'), (4, 'd', null, null)`,
    );
    const [rule] = only('people').rules;
    await run(await make({ mappings: { rules: [{ ...rule, filters }] } }));
    expect((await target.query('select id from hr.people order by id')).map(({ id }) => id)).toEqual(ids);
  });

  test('cut a table into ranges, whose rows all come once', async () => {
    await source.query(`insert into hr.people select g, 'c' || g from generate_series(1, 5000) g`);
    const ranges = { type: 'ranges', columns: ['id'], boundaries: [['1'], ['2500'], ['2501'], ['9999']] };
    await run(
      await make({
        mappings: only('people', { 'rule-type': 'table-settings', ...at('people'), 'parallel-load': ranges }),
      }),
    );
    expect(await count('hr.people')).toBe(5_000);
  });

  test('that choose no table fail the task, where the settings say so', async () => {
    const task = await make({ mappings: everythingIn('nowhere') });
    expect(await run(task)).toMatchObject({ Status: 'failed', StopReason: 'Stop Reason FATAL_ERROR' });
  });
});

describe('LOBs', () => {
  beforeEach(() =>
    both(
      `create schema hr; create table hr.docs (id int primary key, body text, raw bytea); create table hr.notes (id int, body text)`,
    ),
  );
  const settings = (TargetMetadata: object) => ({ settings: loudSettings({ TargetMetadata }) });
  const lengths = 'select id, octet_length(body) as body, octet_length(raw) as raw from hr.docs order by id';
  beforeEach(() =>
    source.query(`
      insert into hr.docs values (1, repeat('ü', 700), decode(repeat('00', 3000), 'hex')), (2, 'short', null), (3, null, '');
      insert into hr.notes values (1, repeat('x', 2000))`),
  );

  test('are cut at the limit in limited mode, without a word', async () => {
    const task = await make(settings({ LimitedSizeLobMode: true, LobMaxSize: 1 }));
    expect(await run(task)).toMatchObject({ StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' });
    expect(await target.query(lengths)).toEqual([
      { id: 1, body: 1_024, raw: 1_024 },
      { id: 2, body: 5, raw: null },
      { id: 3, body: null, raw: 0 },
    ]);
  });

  test('come whole in full mode, but not those of a table without a key', async () => {
    const task = await make(settings({ FullLobMode: true, LimitedSizeLobMode: false, LobChunkSize: 64 }));
    await run(task);
    expect(await target.query(lengths)).toEqual(await source.query(lengths));
    expect(await target.query('select body from hr.notes')).toEqual([{ body: null }]);
  });

  test('that are longer than the inline size find a column that is NOT NULL closed', async () => {
    await target.query('alter table hr.docs alter raw set not null');
    await source.query('delete from hr.docs where raw is null');
    const mode = { FullLobMode: true, LimitedSizeLobMode: false };
    const refused = await run(await make(settings({ ...mode, InlineLobMaxSize: 2 })));
    expect(refused).toMatchObject({ Status: 'failed' });
    expect(refused.LastFailureMessage).toContain('violates not-null constraint');
  });

  test('go with their rows when they are no longer than the inline size', async () => {
    await target.query('alter table hr.docs alter raw set not null');
    await source.query('delete from hr.docs where raw is null');
    await run(await make(settings({ FullLobMode: true, LimitedSizeLobMode: false, InlineLobMaxSize: 3 })));
    expect(await target.query(lengths)).toEqual(await source.query(lengths));
  });

  test('have a mode of their own for a table', async () => {
    const own = {
      'rule-type': 'table-settings',
      'object-locator': { 'schema-name': 'hr', 'table-name': 'notes' },
      'lob-settings': { mode: 'limited', 'bulk-max-size': '4' },
    };
    await run(
      await make({ mappings: everythingIn('hr', own), ...settings({ FullLobMode: true, LimitedSizeLobMode: false }) }),
    );
    expect(await target.query('select length(body) as length from hr.notes')).toEqual([{ length: 2_000 }]);
  });

  test('cannot be renamed', async () => {
    const rule = {
      'rule-type': 'transformation',
      'rule-target': 'column',
      'rule-action': 'rename',
      'object-locator': { 'schema-name': 'hr', 'table-name': 'docs', 'column-name': 'body' },
      value: 'text',
    };
    const failed = await run(await make({ mappings: everythingIn('hr', rule) }));
    expect(failed.LastFailureMessage).toContain('hr.docs.body is a LOB');
  });
});

describe('failures', () => {
  beforeEach(() =>
    both('create schema hr; create table hr.a (id int primary key, n int); create table hr.b (id int primary key)'),
  );
  beforeEach(() =>
    source.query(
      'insert into hr.a select g, g from generate_series(1, 2500) g; insert into hr.b select generate_series(1, 10)',
    ),
  );
  const lenient = { settings: loudSettings({ ErrorBehavior: { TableErrorPolicy: 'SUSPEND_TABLE' } }) };

  test('of a table stop a task that is told to stop', async () => {
    stage.aws.dms.dataFaults.tableFails({ table: 'hr.a', afterRows: 1_234, message: 'disk is full' });
    const task = await make();
    const failed = await run(task);
    expect(failed).toMatchObject({ Status: 'failed', StopReason: 'Stop Reason FATAL_ERROR' });
    expect(failed.LastFailureMessage).toContain("table 'hr.a': disk is full");
    expect(await tablesOf(stage, task)).toMatchObject([
      { TableName: 'a', TableState: 'Table error', FullLoadRows: 1_234 },
      { TableName: 'b', TableState: 'Before load' },
    ]);
    expect(await count('hr.a')).toBe(1_234);
  });

  test('of a table hide behind a good stop reason, in a task that is told to go on', async () => {
    stage.aws.dms.dataFaults.tableFails({ table: 'hr.a' });
    const task = await make(lenient);
    expect(await run(task)).toMatchObject({
      Status: 'stopped',
      StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
      ReplicationTaskStats: { TablesErrored: 1, TablesLoaded: 1 },
    });
  });

  test('of a table are mended by resuming, which leaves the others alone', async () => {
    stage.aws.dms.dataFaults.tableFails({ table: 'hr.a' });
    const task = await make(lenient);
    await run(task);
    await target.query('delete from hr.b where id = 1');
    expect(await run(task, 'resume-processing')).toMatchObject({
      ReplicationTaskStats: { TablesErrored: 0, TablesLoaded: 2 },
    });
    expect([await count('hr.a'), await count('hr.b')]).toEqual([2_500, 9]);
  });

  test('come of rows that are already there, since nothing empties a table', async () => {
    const task = await make();
    await run(task);
    expect((await run(task, 'reload-target')).LastFailureMessage).toContain('duplicate key');
  });

  test('do not come when the settings have tables emptied', async () => {
    const task = await make({
      settings: loudSettings({ FullLoadSettings: { TargetTablePrepMode: 'TRUNCATE_BEFORE_LOAD' } }),
    });
    await run(task);
    expect(await run(task, 'reload-target')).toMatchObject({ Status: 'stopped' });
    expect(await count('hr.a')).toBe(2_500);
  });

  test('of single rows are passed over with the usual settings, and nobody is told', async () => {
    await target.query('alter table hr.a add check (n <> 7)');
    const task = await make({ settings: loudSettings({ ErrorBehavior: { DataErrorPolicy: 'LOG_ERROR' } }) });
    expect(await run(task)).toMatchObject({ StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' });
    expect(await tablesOf(stage, task)).toMatchObject([{ FullLoadRows: 2_499 }, { FullLoadRows: 10 }]);
  });

  test('of single rows stop a task that is told to stop', async () => {
    await target.query('alter table hr.a add check (n <> 7)');
    expect((await run(await make())).LastFailureMessage).toContain('violates check constraint');
  });

  test('of a table that the target lacks are the table’s', async () => {
    await target.query('drop table hr.b');
    const task = await make(lenient);
    await run(task);
    expect(await tablesOf(stage, task)).toMatchObject([
      { TableState: 'Table completed' },
      { TableState: 'Table error' },
    ]);
  });

  test('of a run have any stop reason', async () => {
    const stopReason = 'Stop Reason STOPPED_DUE_TO_LOW_MEMORY';
    stage.aws.dms.dataFaults.runEnds({ stopReason, afterRows: 100 });
    const task = await make();
    expect(await run(task)).toMatchObject({ Status: 'stopped', StopReason: stopReason });
    expect(await tablesOf(stage, task)).toMatchObject([
      { TableState: 'Table cancelled' },
      { TableState: 'Before load' },
    ]);
  });

  test('of a run can come when all rows are there', async () => {
    const stopReason = 'Stop Reason NORMAL';
    stage.aws.dms.dataFaults.runEnds({ stopReason, afterRows: Infinity });
    expect(await run(await make())).toMatchObject({
      StopReason: stopReason,
      ReplicationTaskStats: { TablesLoaded: 2 },
    });
  });

  test('of a connection are told when it is tested', async () => {
    stage.aws.secrets.put('source', JSON.stringify({ host: '127.0.0.1', port: 1, username: 'me', password: 'x' }));
    await expect(make().then(run)).rejects.toMatchObject({ name: 'InvalidResourceStateFault' });
    const { Connections } = await stage.client.send(new sdk.DescribeConnectionsCommand({}));
    expect(Connections).toMatchObject([
      { Status: 'failed', LastFailureMessage: expect.stringContaining('ECONNREFUSED') },
      { Status: 'successful' },
    ]);
  });
});

describe('a run', () => {
  beforeEach(() => both('create schema hr; create table hr.a (id int primary key); create table hr.b (id int)'));
  beforeEach(() =>
    source.query('insert into hr.a select generate_series(1, 2500); insert into hr.b select generate_series(1, 5)'),
  );

  test('may be over before anybody can see it running', async () => {
    stage.aws.dms.dataFaults.runFinishesAtOnce();
    const task = await make();
    await stage.client.send(
      new sdk.StartReplicationTaskCommand({ ReplicationTaskArn: task, StartReplicationTaskType: 'start-replication' }),
    );
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopped' });
  });

  test('that stalls is stopped, and leaves no session', async () => {
    stage.aws.dms.dataFaults.runStalls({ afterRows: 1_500 });
    const task = await make();
    await startTask(stage, task);
    await until(async () => (await tablesOf(stage, task))[0]?.FullLoadRows === 1_500);
    stage.pass(86_400);
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'running' });
    await stage.client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task }));
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopping' });
    stage.pass(31);
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason NORMAL' });
    await until(async () => (await openSessions()) === 0);
  });

  test('that waits for a lock is cut off', async () => {
    await target.query(
      'create function wait() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$',
    );
    await target.query('create trigger slow before insert on hr.a for each row execute function wait()');
    const task = await make();
    await startTask(stage, task);
    const waiting = `select 1 from pg_stat_activity where application_name = 'dms stand-in' and wait_event = 'PgSleep'`;
    await lookAtTask(stage, task);
    await until(async () => (await target.query(waiting)).length > 0);
    await stage.client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task }));
    await until(async () => (await target.query(waiting)).length === 0);
    expect(await count('hr.a')).toBe(0);
  });

  test('loads single tables again while it runs, and ten at most', async () => {
    stage.aws.dms.dataFaults.tableFails({ table: 'hr.a', afterRows: 0 });
    stage.aws.dms.dataFaults.runStalls({ afterRows: 3 });
    const task = await make({ settings: loudSettings({ ErrorBehavior: { TableErrorPolicy: 'SUSPEND_TABLE' } }) });
    const reload = (...tables: string[]) =>
      stage.client.send(
        new sdk.ReloadTablesCommand({
          ReplicationTaskArn: task,
          TablesToReload: tables.map((TableName) => ({ SchemaName: 'hr', TableName })),
        }),
      );
    await expect(reload('a')).rejects.toMatchObject({ name: 'InvalidResourceStateFault' });
    await startTask(stage, task);
    await until(async () => (await tablesOf(stage, task))[1]?.FullLoadRows === 3);
    await expect(reload(...Array.from('abcdefghijk'))).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
    });
    await expect(reload('nobody')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await reload('a');
    expect(await tablesOf(stage, task)).toMatchObject([
      { TableState: 'Table is being reloaded', FullLoadReloaded: true },
      { TableState: 'Full load' },
    ]);
  });

  test('compares counts where validation is asked for', async () => {
    await target.query('insert into hr.a values (-1)');
    const task = await make({ settings: loudSettings({ ValidationSettings: { EnableValidation: true } }) });
    await run(task);
    expect(await tablesOf(stage, task)).toMatchObject([
      { ValidationState: 'Mismatched records' },
      { ValidationState: 'No primary key' },
    ]);
  });

  test('that was deleted writes no more', async () => {
    stage.aws.dms.dataFaults.runStalls({ afterRows: 1_000 });
    const task = await make();
    await startTask(stage, task);
    await until(async () => (await tablesOf(stage, task))[0]?.FullLoadRows === 1_000);
    stage.aws.dms.faults.next({ operation: 'DescribeReplicationTasks', kind: 'vanished' });
    await expect(lookAtTask(stage, task)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
    expect(await count('hr.a')).toBe(1_000);
    await until(async () => (await openSessions()) === 0);
  });
});
