import { LoadClosedError, LoadFailedError, SupersededError } from '../../errors.ts';
import type { Shard, TableCounts } from '../../model.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { shardDocument } from '../../store/documents.ts';
import { readLoadRow } from '../../target/bookkeeping.ts';
import { withTarget } from '../../target/session.ts';
import { recordSuccess } from '../record-success.ts';
import { reportDocument } from './documents.ts';
import { feedStaged } from './feed/feed-staged.ts';
import { findStart } from './run/starts.ts';

/**
 * The part of advancing that touches data: what Glue calls a success counts when the target says so, where each table was
 * published in one transaction with its counts. Files have no such place; of them the job's own report is believed. For topics
 * this is where their rows are fed.
 *
 * @throws LoadFailedError for a table that is not there, LoadClosedError, SupersededError, TransientError
 */
export async function confirm(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  if (load.plan.topics) return feedStaged(load, shard, until);
  const target = databaseTargetOf(load.request);
  const severalSnapshots = load.plan.consistency !== 'one-snapshot' || load.attempt > 1;
  if (!target) {
    await recordFiles(load, shard);
    return done;
  }
  await withTarget(load, target, 'confirm', async (client) => {
    const row = await readLoadRow(client, load);
    if (!row) throw new LoadClosedError(`The bookkeeping of load ${load.loadId} is gone: it was torn down.`);
    if (row.attempt !== load.attempt) throw new SupersededError(`The target is prepared for attempt ${row.attempt}.`);
    // A next attempt finds the tables that an earlier one has published.
    await recordSuccess(client, load, shard, severalSnapshots);
  });
  return done;
}

async function recordFiles(load: Load, shard: Shard): Promise<void> {
  const start = await findStart(load);
  const report = start && (await load.documents.read(reportDocument(start.id)));
  const counts = load.plan.tables.map(({ source }): TableCounts => {
    const table = report?.tables.find((one) => one.table === source);
    if (report?.state !== 'succeeded' || table?.state !== 'done') {
      throw new LoadFailedError(`The job's report does not say that the files of ${source} are written.`);
    }
    const { rowsRead, rowsWritten } = table;
    return { table: source, rowsRead, rowsWritten, rowsRemoved: 0, rowsReread: 0 };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts,
    severalSnapshots: load.plan.consistency !== 'one-snapshot',
    finishedAt: load.services.now().toISOString(),
  });
}
