import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LoadClosedError, SupersededError } from '../../src/errors.ts';
import type { StrategyName } from '../../src/request/schema.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import {
  advanceAll,
  advanceOnce,
  loadAll,
  plannedLoad,
  provision,
  removeResources,
  requestOf,
  setLoadStage,
  setStatus,
  settleAndRestore,
  tearDown,
  untilDone,
  verify,
  type LoadStage,
} from '../support/loads.ts';

const ROWS = 20_000;
const SCHEMA = `
  create schema hr;
  create table hr.departments (id int primary key, name text not null);
  create table hr.employees (id int primary key, name text not null, department int references hr.departments);
  create table hr.log (at timestamptz not null, what text);`;
const DATA = `
  insert into hr.departments select g, 'Département ' || g from generate_series(-4, 5) g;
  insert into hr.employees select g, 'Łukasz ' || g, g % 5 from generate_series(1, ${ROWS}) g;
  insert into hr.log select now(), 'line ' || g from generate_series(1, 500) g;
  analyze;`;
const TABLES = ['hr.departments', 'hr.employees', 'hr.log'];

/** What a strategy needs besides the two databases, and what tells it from others. */
interface Contract {
  /** Fields of the request. */
  settings?: Record<string, unknown>;
  setStage?: typeof setLoadStage;
  /** Rows come until the load is closed, or, where another service writes them, until its resources are removed. */
  writesUntil?: 'closed' | 'removed';
  /** Only where it matters what really loads, since that takes long; the rest is told of the strategy elsewhere. */
  briefly?: boolean;
}

/** What every strategy that loads from PostgreSQL into PostgreSQL is held to. A new one only has to be named. */
export function describeStrategyContract(
  name: StrategyName,
  { settings = {}, setStage = setLoadStage, writesUntil = 'closed', briefly = false }: Contract = {},
): void {
  describe(`the contract of strategies: ${name}`, () => {
    const databases = openTestDatabases();
    let source: TestDatabase;
    let target: TestDatabase;
    let stage: LoadStage;
    let found: string;

    beforeEach(async () => {
      [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
      await source.query(SCHEMA + DATA);
      await target.query(SCHEMA);
      stage = await setStage(source.address, target.address);
      found = await shapeOf(target);
    });
    afterEach(() => stage.remove());
    afterAll(() => databases.dropAll());

    const planned = (attempt = 1) =>
      plannedLoad(stage.services, requestOf(TABLES, { strategy: name, ...settings }), 'contract', attempt);

    async function expectEverythingOnce(): Promise<void> {
      for (const table of TABLES) expect(await digestOf(target, table)).toEqual(await digestOf(source, table));
    }
    async function expectNothingLeft(): Promise<void> {
      expect(await shapeOf(target)).toBe(found);
      expect(await sessionsOf(target)).toEqual([]);
      expect(await sessionsOf(source)).toEqual([]);
    }

    test('does each step again after its answer was lost, to the same end', async () => {
      const load = await planned();
      await provision(load);
      await provision(load);
      await advanceAll(load);
      await advanceAll(load);
      await settleAndRestore(load);
      await settleAndRestore(load);
      expect(await verify(load)).toBe(true);
      expect(await verify(load)).toBe(true);
      await tearDown(load, 'succeeded');
      await tearDown(load, 'succeeded');
      await expectEverythingOnce();
      await expectNothingLeft();
    });

    test('goes on from its checkpoints when an invocation has little time, and in a next attempt', async () => {
      const load = await planned();
      await provision(load);
      for (const shard of load.plan.shards) {
        for (let call = 0; call < 3; call += 1) await advanceOnce(load, shard, new Date(Date.now() + 30));
      }
      const next = await planned(2);
      await provision(next);
      await advanceAll(next, 1);
      await settleAndRestore(next);
      expect(await verify(next)).toBe(true);
      await expectEverythingOnce();
    });

    test('writes nothing more once the load is closed, even in the middle of advancing', async () => {
      const load = await planned();
      await provision(load);
      const advancing = advanceAll(load).then(
        () => undefined,
        (error: unknown) => error,
      );
      await setStatus(load, 'closed');
      await closeTarget(load);
      if (writesUntil === 'removed') await removeResources(load);
      const rows = await countAll(target);
      const end = await advancing;
      if (end !== undefined) expect(end).toBeInstanceOf(LoadClosedError);
      await expect(advanceAll(load)).rejects.toThrow(LoadClosedError);
      expect(await countAll(target)).toBe(rows);
      await tearDown(load, 'failed');
      expect(await countAll(target)).toBe(0);
      await expectNothingLeft();
    });

    if (briefly) return;

    test('loads every row once, is verified, and leaves nothing behind', async () => {
      expect(await loadAll(await planned())).toBe(true);
      await expectEverythingOnce();
      await expectNothingLeft();
    });

    test('provisions twice at once', async () => {
      const load = await planned();
      await Promise.all([provision(load), provision(load)]);
      await advanceAll(load);
      await settleAndRestore(load);
      expect(await verify(load)).toBe(true);
    });

    test('two invocations of every shard at once: the rows are there once, and whoever lost says so', async () => {
      const load = await planned();
      await provision(load);
      const ends = await Promise.allSettled([advanceAll(load), advanceAll(load), advanceAll(load)]);
      const lost = ends.filter((end) => end.status === 'rejected').map((end) => end.reason as Error);
      for (const reason of lost) expect(reason).toBeInstanceOf(SupersededError);
      expect(lost.length).toBeLessThan(3);
      await settleAndRestore(load);
      expect(await verify(load)).toBe(true);
      await expectEverythingOnce();
    });

    test('does not provision a load that was closed meanwhile', async () => {
      const load = await planned();
      await setStatus(load, 'closed');
      await expect(prepareTarget(load)).rejects.toThrow(LoadClosedError);
      await expectNothingLeft();
    });

    test('tears down what was never provisioned, and what was provisioned by half', async () => {
      await tearDown(await planned(), 'failed');
      await expectNothingLeft();
      const load = await planned(2);
      await untilDone(() => prepareTarget(load));
      await tearDown(load, 'failed');
      await expectNothingLeft();
    });

    test('cannot be advanced after tear-down', async () => {
      const load = await planned();
      await provision(load);
      await tearDown(load, 'failed');
      await expect(advanceAll(load)).rejects.toThrow(LoadClosedError);
      await expectNothingLeft();
    });
  });
}

/** Everything of a database that a load could leave behind or change, besides rows. */
async function shapeOf(database: TestDatabase): Promise<string> {
  const relations = await database.query(
    `select n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2`,
  );
  const constraints = await database.query(
    `select conrelid::regclass::text as "table", conname, pg_get_constraintdef(oid) as definition, convalidated
       from pg_constraint where contype = 'f' order by 1, 2`,
  );
  return JSON.stringify({ relations, constraints });
}

async function digestOf(database: TestDatabase, table: string): Promise<Record<string, unknown>[]> {
  return database.query(
    `select count(*), md5(string_agg(t::text, '|' order by t::text collate "C")) as digest from ${table} t`,
  );
}

async function countAll(database: TestDatabase): Promise<number> {
  const rows = await database.query<{ rows: string }>(
    'select (select count(*) from hr.departments) + (select count(*) from hr.employees) + (select count(*) from hr.log) as rows',
  );
  return Number(rows[0]?.rows);
}

async function sessionsOf(database: TestDatabase): Promise<unknown[]> {
  return database.query(
    `select application_name from pg_stat_activity where datname = current_database() and application_name like 'il %'`,
  );
}
