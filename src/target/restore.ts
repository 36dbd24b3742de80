import type { Client } from '../databases/postgres/connection.ts';
import { listColumnSequences, moveSequencePast } from '../databases/postgres/sequences.ts';
import { listTableTrees } from '../databases/postgres/table-trees.ts';
import { LoadClosedError, LoadFailedError, SupersededError } from '../errors.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import type { TornDown } from '../model.ts';
import { done, pollAgain, type StepAnswer } from '../step.ts';
import { readLoadRow } from './bookkeeping.ts';
import { reattach } from './reattach.ts';
import { withTarget } from './session.ts';
import { endTopics } from './topics/end.ts';

/**
 * After the last row: brings foreign keys back, which validates them and so is a part of the proof, and triggers and
 * rules, and moves sequences past what was loaded. Idempotent; goes on where an earlier call was killed.
 *
 * @throws LoadFailedError with the database's own message when a foreign key does not hold; LoadClosedError,
 *   SupersededError, TransientError
 */
export async function restoreTarget(load: Load): Promise<{ answer: StepAnswer; restored: TornDown[] }> {
  if (load.plan.topics) await endTopics(load);
  const target = databaseTargetOf(load.request);
  if (!target) return { answer: done, restored: [] };
  const { startedAt, deadlineAt, services } = load;
  return withTarget(load, target, 'restore', async (client) => {
    const row = await readLoadRow(client, load);
    if (!row) throw new LoadClosedError(`The bookkeeping of load ${load.loadId} is gone: it was torn down.`);
    if (row.attempt !== load.attempt) throw new SupersededError(`The target is prepared for attempt ${row.attempt}.`);
    const { restored, failed, busy } = await reattach(client, load);
    if (failed.length > 0) {
      throw new LoadFailedError(failed.map(({ type, id, detail }) => `${type} ${id} is ${detail}`).join('\n'));
    }
    if (busy) return { answer: pollAgain({ startedAt, deadlineAt, now: services.now() }), restored };
    return { answer: done, restored: [...restored, ...(await moveSequences(client, load))] };
  });
}

async function moveSequences(client: Client, load: Load): Promise<TornDown[]> {
  const trees = await listTableTrees(
    client,
    load.plan.tables.map((table) => table.target),
  );
  const moved: TornDown[] = [];
  for (const sequence of await listColumnSequences(client, trees)) {
    const value = await moveSequencePast(client, sequence);
    if (value !== undefined) {
      moved.push({ type: 'sequence', id: sequence.sequence, status: 'restored', detail: `goes on after ${value}` });
    }
  }
  return moved;
}
