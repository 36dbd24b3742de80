import type { Client } from '../databases/postgres/connection.ts';
import { listForeignKeys } from '../databases/postgres/constraints.ts';
import { sessionName, terminateSessions } from '../databases/postgres/sessions.ts';
import { listColumnSequences } from '../databases/postgres/sequences.ts';
import { listTableTrees, type TableTree } from '../databases/postgres/table-trees.ts';
import { LoadFailedError, RequestError, SupersededError } from '../errors.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import { done, type StepAnswer } from '../step.ts';
import {
  bookkeepingSchema,
  createBookkeeping,
  insertFirstRows,
  matchesPlan,
  readLoadRow,
  reopen,
  type LoadRow,
} from './bookkeeping.ts';
import { detach, lockTables, recordSequences } from './detach.ts';
import { assertOpen } from './assert-open.ts';
import { prepareFiles } from './files.ts';
import { prepareTopics } from './topics/prepare.ts';
import {
  assertForeignKeysRestorable,
  assertMayCreateIn,
  assertSequencesSettable,
  assertTablesOwned,
} from './rights.ts';
import { inTransaction, isLockTimeout, lockLoad, withTarget } from './session.ts';

/** What holds a lock gets this long to end by itself. */
const PATIENCE_SECONDS = 5;

/**
 * Makes the target ready for rows in any order, in one transaction: foreign keys dropped, triggers and rules disabled,
 * each recorded; the tables found empty, or truncated when asked; the bookkeeping made. It happens once for an attempt:
 * called again, also by two at once or after a lost answer, it changes nothing, so that no loaded row is ever truncated.
 * A next attempt finds the checkpoints and goes on from them.
 *
 * It takes the tables' owner and no superuser. Event triggers are left alone: only a superuser could disable them, and
 * one that refuses what is done here makes it fail as a whole.
 *
 * @throws RequestError (nothing is changed), LoadClosedError, SupersededError, TransientError, LoadFailedError
 */
export async function prepareTarget(load: Load): Promise<StepAnswer> {
  const target = databaseTargetOf(load.request);
  if (!target) {
    if (load.plan.topics) return prepareTopics(load);
    // Live topics are there, and nothing of them is changed.
    if (load.plan.liveTopics) await assertOpen(load);
    else await prepareFiles(load);
    return done;
  }
  await withTarget(load, target, 'prepare', async (client) => {
    await client.query(`set lock_timeout = '${PATIENCE_SECONDS}s'`);
    await endingStuckSessions(client, load, () => prepareOnce(client, load, target.ifNotEmpty));
  });
  return done;
}

function prepareOnce(client: Client, load: Load, ifNotEmpty: LoadRow['ifNotEmpty']): Promise<void> {
  return inTransaction(client, async () => {
    await lockLoad(client, load);
    await assertOpen(load);
    const row = await readLoadRow(client, load);
    if (row && row.attempt > load.attempt) throw new SupersededError(`Attempt ${row.attempt} has prepared the target.`);
    if (row?.attempt !== load.attempt) await prepare(client, load, row, ifNotEmpty);
  });
}

/**
 * A process that hangs in the middle of an earlier attempt holds the load's lock, or its chunk's table, for as long as it
 * hangs: its session is ended, and the work tried again. A session that isn't the load's own is waited for by the state
 * machine's retries.
 */
async function endingStuckSessions(client: Client, load: Load, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    await terminateSessions(client, sessionName(load.loadId, ''));
    await work();
  }
}

async function prepare(
  client: Client,
  load: Load,
  earlier: LoadRow | undefined,
  ifNotEmpty: LoadRow['ifNotEmpty'],
): Promise<void> {
  if (earlier && !(await matchesPlan(client, load, earlier))) {
    throw new LoadFailedError(
      `The checkpoints of attempt ${earlier.attempt} belong to another plan. Tear load ${load.loadId} down and run it under a new loadId.`,
    );
  }
  const names = load.plan.tables.map((table) => table.target);
  const trees = await listTableTrees(client, names);
  assertTablesOwned(names, trees);
  if (!earlier) await assertMayCreateIn(client, bookkeepingSchema(load));
  const foreignKeys = await listForeignKeys(
    client,
    trees.flatMap((tree) => tree.oids),
  );
  assertForeignKeysRestorable(foreignKeys);
  const sequences = await listColumnSequences(client, trees);
  assertSequencesSettable(sequences);

  await lockTables(client, trees, foreignKeys);
  if (!earlier) await createBookkeeping(client, load);
  await detach(client, load, trees);
  await recordSequences(client, load, sequences);
  if (!earlier || earlier.emptied) await makeRoom(client, trees, ifNotEmpty);
  if (earlier) await reopen(client, load);
  else await insertFirstRows(client, load, ifNotEmpty);
}

/** The tables are locked: what is empty here stays so until the first row of the bookkeeping is there for all to see. */
async function makeRoom(client: Client, trees: TableTree[], ifNotEmpty: LoadRow['ifNotEmpty']): Promise<void> {
  if (ifNotEmpty === 'upsert') return;
  if (ifNotEmpty === 'truncate') {
    await client.query(`truncate ${trees.map(({ sql }) => sql).join(', ')}`);
    return;
  }
  for (const { name, sql } of trees) {
    const { rows } = await client.query<{ any: boolean }>(`select exists (select from ${sql}) as any`);
    if (!rows[0]?.any) continue;
    throw new RequestError({
      field: 'target.tables',
      value: name,
      wrong: 'this table is not empty',
      advice: 'Empty it, or set target.ifNotEmpty to "truncate" (removes its rows) or "upsert" (overwrites by key).',
    });
  }
}
