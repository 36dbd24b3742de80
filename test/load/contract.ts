import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LoadClosedError, SupersededError } from '../../src/errors.ts';
import type { StrategyName } from '../../src/request/schema.ts';
import type { Load } from '../../src/services.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { openTestDatabases, type TestDatabase, type TestDatabases } from '../support/postgres.ts';
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
} from '../support/loads.ts';
import {
  CONTRACT_DATA,
  CONTRACT_SCHEMA,
  CONTRACT_TABLES,
  openContractDatabase,
  type ContractTarget,
  type SetStage,
} from './contract-target.ts';

/** What a strategy needs besides the two databases, and what tells it from others. */
interface Contract {
  /** Fields of the request. */
  settings?: Record<string, unknown>;
  setStage?: SetStage;
  /** Those of the contract's schema, unless told. */
  tables?: string[];
  /** Where the rows go: a database with the same tables, unless told. */
  openTarget?: (databases: TestDatabases, source: TestDatabase, setStage: SetStage) => Promise<ContractTarget>;
  /** Rows come until the load is closed, or, where another service writes them, until its resources are removed. */
  writesUntil?: 'closed' | 'removed';
  /** Only where it matters what really loads, since that takes long; the rest is told of the strategy elsewhere. */
  briefly?: boolean;
}

/** What every strategy that loads from PostgreSQL is held to. A new one only has to be named. */
export function describeStrategyContract(
  name: StrategyName,
  {
    settings = {},
    tables = CONTRACT_TABLES,
    setStage = (source, target) => setLoadStage(source, target),
    openTarget = openContractDatabase,
    writesUntil = 'closed',
    briefly = false,
  }: Contract = {},
): void {
  describe(`the contract of strategies: ${name}`, () => {
    const databases = openTestDatabases();
    let source: TestDatabase;
    let target: ContractTarget;
    let count = 0;

    beforeEach(async () => {
      source = await databases.createDatabase();
      await source.query(CONTRACT_SCHEMA + CONTRACT_DATA);
      target = await openTarget(databases, source, setStage);
      // Its own, so that one test doesn't find what another one left.
      count += 1;
    });
    afterEach(() => target.stage.remove());
    afterAll(() => databases.dropAll());

    const planned = (attempt = 1) => {
      const request = requestOf(tables, { strategy: name, ...settings });
      return plannedLoad(target.stage.services, request, `contract-${count}`, attempt);
    };

    async function expectTornDown(load: Load, outcome: 'succeeded' | 'failed'): Promise<void> {
      await target.expectTornDown(load, outcome);
      const sessions = `select application_name from pg_stat_activity
        where datname = current_database() and application_name like 'il %'`;
      expect(await source.query(sessions)).toEqual([]);
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
      await target.expectEverythingOnce(load);
      await tearDown(load, 'succeeded');
      await tearDown(load, 'succeeded');
      await expectTornDown(load, 'succeeded');
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
      await target.expectEverythingOnce(next);
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
      const rows = await target.countRows(load);
      const end = await advancing;
      if (end !== undefined) expect(end).toBeInstanceOf(LoadClosedError);
      await expect(advanceAll(load)).rejects.toThrow(LoadClosedError);
      expect(await target.countRows(load)).toBe(rows);
      await tearDown(load, 'failed');
      await expectTornDown(load, 'failed');
    });

    if (briefly) return;

    test('loads every row once, is verified, and leaves nothing behind', async () => {
      const load = await planned();
      expect(await loadAll(load)).toBe(true);
      await expectTornDown(load, 'succeeded');
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
      await target.expectEverythingOnce(load);
    });

    test('does not provision a load that was closed meanwhile', async () => {
      const load = await planned();
      await setStatus(load, 'closed');
      await expect(prepareTarget(load)).rejects.toThrow(LoadClosedError);
      await expectTornDown(load, 'failed');
    });

    test('tears down what was never provisioned, and what was provisioned by half', async () => {
      const never = await planned();
      await tearDown(never, 'failed');
      await expectTornDown(never, 'failed');
      const load = await planned(2);
      await untilDone(() => prepareTarget(load));
      await tearDown(load, 'failed');
      await expectTornDown(load, 'failed');
    });

    test('cannot be advanced after tear-down', async () => {
      const load = await planned();
      await provision(load);
      await tearDown(load, 'failed');
      await expect(advanceAll(load)).rejects.toThrow(LoadClosedError);
      await expectTornDown(load, 'failed');
    });
  });
}
