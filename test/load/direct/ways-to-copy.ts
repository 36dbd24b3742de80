import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import type { Load } from '../../../src/services.ts';
import { verificationDocument } from '../../../src/store/documents.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  requestOf,
  setLoadStage,
  settleAndRestore,
  tearDown,
  verify,
  type LoadStage,
} from '../../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import { advanceInTurns, cutIntoShards } from './exactness.ts';

/** A source and a target of its own for every test of a file, and stages that go with them. */
export interface TwoDatabases {
  source: TestDatabase;
  target: TestDatabase;
  openStage(invocationSeconds?: number): Promise<LoadStage>;
}

export function useTwoDatabases(): TwoDatabases {
  const databases = openTestDatabases();
  const stages: LoadStage[] = [];
  const two = {
    async openStage(invocationSeconds?: number) {
      const stage = await setLoadStage(two.source.address, two.target.address, { invocationSeconds });
      stages.push(stage);
      return stage;
    },
  } as TwoDatabases;
  beforeEach(async () => {
    [two.source, two.target] = [await databases.createDatabase(), await databases.createDatabase()];
  });
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.remove();
  });
  afterAll(() => databases.dropAll());
  return two;
}

/** Plans a load, prepares the target and copies every row; finishLoad does the rest. */
export type CopyRows = (tables: unknown[], more?: Record<string, unknown>) => Promise<Load>;

/** The ways in which a load is read and interrupted, by name. Chunks are of three rows unless the request says otherwise. */
export function waysToCopy(databases: TwoDatabases): [string, CopyRows][] {
  return [
    [
      'in one snapshot',
      async (tables, more) => {
        const load = await plannedLoad((await databases.openStage()).services, smallChunks(tables, more));
        expect(load.plan.consistency).toBe('one-snapshot');
        await provision(load);
        await advanceAll(load);
        return load;
      },
    ],
    [
      'interrupted again and again',
      async (tables, more) => {
        const stage = await databases.openStage();
        const load = await plannedLoad(stage.services, smallChunks(tables, more));
        await provision(load);
        await advanceInTurns(stage, load, 5);
        return load;
      },
    ],
    [
      'in several shards, each chunk in a snapshot of its own',
      async (tables, more) => {
        const stage = await databases.openStage(LITTLE_SECONDS);
        const load = await plannedLoad(stage.services, smallChunks(tables, more));
        expect(load.plan.consistency).toBe('snapshot-per-chunk');
        await cutIntoShards(load, databases.source);
        await provision(load);
        await advanceInTurns(stage, load, 5);
        return load;
      },
    ],
  ];
}

/** So little that not even a small table is taken to fit one invocation. */
export const LITTLE_SECONDS = 1e-9;

/** The steps after the last chunk; the load must be verified without a mismatch. */
export async function finishLoad(load: Load): Promise<void> {
  await settleAndRestore(load);
  const verified = await verify(load);
  const tables = await load.documents.need(verificationDocument);
  expect(tables.flatMap(({ source, mismatches }) => mismatches.map((text) => `${source}: ${text}`))).toEqual([]);
  expect(verified).toBe(true);
  await tearDown(load, 'succeeded');
}

function smallChunks(tables: unknown[], more: Record<string, unknown> = {}) {
  return requestOf(tables, { direct: { chunkRows: 3 }, ...more });
}
