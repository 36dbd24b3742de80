import { hangUp, type Client } from '../../databases/postgres/connection.ts';
import { databaseMessage, isTransient } from '../../databases/postgres/errors.ts';
import { LoadClosedError, LoadFailedError, SupersededError, TransientError } from '../../errors.ts';
import type { Bookkeeping } from '../../target/bookkeeping.ts';
import type { Load } from '../../services.ts';
import { holdFence } from './fence.ts';
import { addressesOf, reconnect } from './invocation.ts';

/**
 * What a failure means to the state machine. A cut connection may be the doing of a later invocation, which terminates
 * the sessions of a stuck one, so the fence is asked before the failure is called transient.
 */
export async function explainFailure(
  error: unknown,
  shard: { load: Load; shard: string; token: string | undefined; bookkeeping: Bookkeeping },
): Promise<Error> {
  if (error instanceof SupersededError || error instanceof LoadClosedError || error instanceof LoadFailedError)
    return error;
  const message = databaseMessage(error);
  if (!isTransient(error) && !(error instanceof TransientError)) return new LoadFailedError(message, { cause: error });
  const fenced =
    shard.token === undefined
      ? undefined
      : await fenceLost(shard.load, shard.bookkeeping, { shard: shard.shard, token: shard.token });
  return fenced ?? new TransientError(message, { cause: error });
}

async function fenceLost(
  load: Load,
  bookkeeping: Bookkeeping,
  fence: { shard: string; token: string },
): Promise<Error | undefined> {
  let client: Client | undefined;
  try {
    client = await reconnect((await addressesOf(load)).target, load.loadId, `${fence.shard} fence`);
    await holdFence(client, bookkeeping, fence);
    return undefined;
  } catch (error) {
    return error instanceof SupersededError || error instanceof LoadClosedError ? error : undefined;
  } finally {
    await hangUp(client);
  }
}
