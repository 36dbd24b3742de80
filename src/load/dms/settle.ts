import type { Client } from '../../databases/postgres/connection.ts';
import { longestValues } from '../../databases/postgres/lengths.ts';
import { listTableTrees } from '../../databases/postgres/table-trees.ts';
import { LoadFailedError } from '../../errors.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { withTarget } from '../../target/session.ts';
import { limitedLobs, type LimitedLobs } from './weigh/lobs.ts';

/**
 * What counting rows wouldn't show: large objects that were moved up to a limit, which DMS cuts silently. A value as long
 * as that may be a cut one. It reads those tables once, in the data plane.
 *
 * @throws LoadFailedError naming table and column, TransientError
 */
export async function settle(load: Load): Promise<StepAnswer> {
  const target = databaseTargetOf(load.request);
  const limited = limitedLobs(load);
  if (!target || limited.length === 0) return done;
  await withTarget(load, target, 'settle', async (client) => {
    for (const table of limited) await assertNothingCut(client, table);
  });
  return done;
}

async function assertNothingCut(client: Client, { table, columns, fromBytes }: LimitedLobs): Promise<void> {
  const [tree] = await listTableTrees(client, [table]);
  if (!tree) throw new LoadFailedError(`The target's table ${table} is gone.`);
  const lengths = await longestValues(client, tree.sql, columns);
  const index = lengths.findIndex((bytes) => bytes >= fromBytes);
  if (index === -1) return;
  throw new LoadFailedError(
    `${table}.${columns[index]} holds a value of ${lengths[index]} bytes, and DMS may have cut it: only values of less than ` +
      `${fromBytes} bytes arrive whole for certain, a limit set by the longest value before the load. Run the load again ` +
      'while nobody writes longer values, or with another strategy.',
  );
}
