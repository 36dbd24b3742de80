import type { Client } from '../databases/postgres/connection.ts';
import { commentOnForeignKey, findForeignKey, validateForeignKey } from '../databases/postgres/constraints.ts';
import { databaseMessage, isTransient } from '../databases/postgres/errors.ts';
import { hasFiring } from '../databases/postgres/triggers.ts';
import { SupersededError } from '../errors.ts';
import type { Load } from '../services.ts';
import type { TornDown } from '../model.ts';
import { assertNotSuperseded, bookkeepingOf } from './bookkeeping.ts';
import { listDetached, type Detached } from './dropped.ts';
import { tryLockLoad } from './session.ts';

export interface Reattached {
  restored: TornDown[];
  /** With what the database said; their records stay. */
  failed: TornDown[];
  /** Another session works on this load's target, maybe one that outlived its invocation and validates: ask again. */
  busy: boolean;
}

type Entry = Detached & { id: number };
/** The next statements of an entry, and whether its record goes with them. */
interface Next {
  statements: string[];
  last: boolean;
  detail?: string;
}

/**
 * Brings back what is recorded as taken off, one transaction after the other, each with its record: it may be killed
 * anywhere, and the next call goes on. A big validation is a transaction of its own that only keeps schema changes out.
 * One that fails doesn't keep the others from being brought back.
 */
export async function reattach(client: Client, load: Load): Promise<Reattached> {
  const result: Reattached = { restored: [], failed: [], busy: false };
  for (const entry of await listDetached(client, load)) {
    const named = { type: entry.kind, id: `${entry.name} on ${entry.target}` };
    try {
      const outcome = await reattachOne(client, load, entry);
      if (outcome === 'busy') return { ...result, busy: true };
      result.restored.push({
        ...named,
        status: 'restored',
        ...(outcome.detail !== undefined && { detail: outcome.detail }),
      });
    } catch (error) {
      if (isTransient(error) || error instanceof SupersededError) throw error;
      result.failed.push({ ...named, status: 'failed', detail: await describeFailure(client, entry, error) });
    }
  }
  return result;
}

async function reattachOne(client: Client, load: Load, entry: Entry): Promise<Next | 'busy'> {
  for (;;) {
    await client.query('begin isolation level read committed read write');
    try {
      if (!(await tryLockLoad(client, load))) {
        await client.query('rollback');
        return 'busy';
      }
      await assertNotSuperseded(client, load);
      const next = await nextOf(client, entry);
      const forget = `delete from ${bookkeepingOf(load).dropped} where id = ${entry.id}`;
      // As one message: a server that has it finishes and commits even when an invocation's time ends meanwhile.
      await client.query([...next.statements, ...(next.last ? [forget] : []), 'commit'].join(';\n'));
      if (next.last) return next;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }
}

async function nextOf(client: Client, entry: Entry): Promise<Next> {
  if (entry.kind !== 'foreign-key') {
    const there = await hasFiring(client, { kind: entry.kind, table: entry.target, name: entry.name });
    return there
      ? { statements: [entry.ddl], last: true }
      : { statements: [], last: true, detail: `There is no such ${entry.kind} any more.` };
  }
  const { target, name, details } = entry;
  const found = await findForeignKey(client, target, name);
  if (!found) {
    const twoSteps = details.validated && details.validatesLater;
    const comment = details.comment === null ? [] : [commentOnForeignKey(target, name, details.comment)];
    return { statements: [twoSteps ? `${entry.ddl} not valid` : entry.ddl, ...comment], last: !twoSteps };
  }
  if (found.definition === details.definition) return { statements: [], last: true };
  if (found.definition === `${details.definition} NOT VALID`) {
    return { statements: [validateForeignKey(target, name)], last: true };
  }
  throw new Error(`There is another foreign key of this name by now: ${found.definition}`);
}

async function describeFailure(client: Client, entry: Entry, error: unknown): Promise<string> {
  const there = entry.kind === 'foreign-key' && (await findForeignKey(client, entry.target, entry.name)) !== undefined;
  const state = entry.kind === 'foreign-key' ? (there ? 'there but NOT VALID' : 'still dropped') : 'still disabled';
  return `${state}: ${databaseMessage(error)} (to bring it back: ${entry.ddl})`;
}
