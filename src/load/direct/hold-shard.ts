import { hangUp, type Client } from '../../databases/postgres/connection.ts';
import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import { bookkeepingOf } from '../../target/bookkeeping.ts';
import { explainFailure } from './failure.ts';
import { takeFence } from './fence.ts';
import { addressesOf, reconnect, shardSessions, type Invocation } from './invocation.ts';
import { ProgressLog } from '../progress-log.ts';
import { SharedSnapshot } from './snapshot.ts';

/**
 * Makes this invocation the shard's only writer and does its work, with a session of the target for the bookkeeping.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError (with the database's own message)
 */
export async function holdShard<T>(
  load: Load,
  shard: Shard,
  until: Date,
  work: (invocation: Invocation, keeper: Client) => Promise<T>,
): Promise<T> {
  const bookkeeping = bookkeepingOf(load);
  const addresses = await addressesOf(load);
  const keeper = await reconnect(addresses.target, load.loadId, `${shard.id} keeper`);
  let token: string | undefined;
  try {
    token = await takeFence(keeper, bookkeeping, shard.id, shardSessions(load.loadId, shard.id));
    const invocation: Invocation = {
      load,
      shard,
      bookkeeping,
      ...addresses,
      until,
      fence: { shard: shard.id, token },
      snapshot: new SharedSnapshot(),
      progress: new ProgressLog(load, shard),
      stop: new AbortController(),
      resumed: await isTouched(keeper, bookkeeping.ranges, shard),
    };
    return await work(invocation, keeper);
  } catch (error) {
    throw await explainFailure(error, { load, shard: shard.id, token, bookkeeping });
  } finally {
    await hangUp(keeper);
  }
}

async function isTouched(keeper: Client, ranges: string, shard: Shard): Promise<boolean> {
  const { rows } = await keeper.query(
    `select from ${ranges} where range = any($1) and (done or position is not null) limit 1`,
    [shard.ranges],
  );
  return rows.length > 0;
}
