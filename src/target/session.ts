import type { Client } from '../databases/postgres/connection.ts';
import { reconnect } from '../databases/postgres/connection.ts';
import { databaseMessage, explainInLoad } from '../databases/postgres/errors.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import { RequestError } from '../errors.ts';
import type { Load } from '../services.ts';
import type { DatabaseTarget } from '../request/database-target.ts';

const LOCK_NOT_AVAILABLE = '55P03';
const INSUFFICIENT_PRIVILEGE = '42501';
/** Whoever uses the target's tables is kept waiting behind us while we wait, so this is short. */
const LOCK_TIMEOUT_SECONDS = 10;

/**
 * Works on the target in a session of its own.
 *
 * @throws RequestError when the role lacks a right, TransientError when it may pass (a lock not given in time, a cut
 *   connection), LoadFailedError with the database's own words
 */
export async function withTarget<T>(
  load: Load,
  target: DatabaseTarget,
  part: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const field = 'target.connection';
  const address = await load.services.resolveConnection(target.connection, field, target.engine);
  const client = await reconnect(address, { applicationName: sessionName(load.loadId, part), field });
  try {
    await client.query(`set lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`);
    return await work(client);
  } catch (error) {
    throw explain(error, part);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Rolled back when anything in it fails. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level read committed read write');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    // The connection itself may be gone, and the transaction with it.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

const LOAD_LOCK = `hashtextextended('initial-load ' || $1, 0)`;

/**
 * Held until the transaction ends: one step at a time changes a load's target. It is taken before the store is asked
 * whether the load is open, and whoever closes a load takes it after telling the store; so either a step sees that the
 * load is closed, or closing sees what the step did.
 */
export async function lockLoad(client: Client, load: Load): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${LOAD_LOCK})`, [load.loadId]);
}

/** The same without waiting. @returns whether it is ours */
export async function tryLockLoad(client: Client, load: Load): Promise<boolean> {
  const { rows } = await client.query<{ ours: boolean }>(`select pg_try_advisory_xact_lock(${LOAD_LOCK}) as ours`, [
    load.loadId,
  ]);
  return rows[0]?.ours === true;
}

export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === LOCK_NOT_AVAILABLE;
}

function explain(error: unknown, part: string): unknown {
  // Later, when something was made, a right that was taken away is no wrong request any more.
  if (part === 'prepare' && codeOf(error) === INSUFFICIENT_PRIVILEGE) {
    return new RequestError(
      {
        field: 'target.connection',
        wrong: `its role lacks a right: ${databaseMessage(error).replace(/\.$/, '')}`,
        advice: 'Log in as the owner of the tables, or grant the right',
      },
      { cause: error },
    );
  }
  return explainInLoad(error, `The target (${part})`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
