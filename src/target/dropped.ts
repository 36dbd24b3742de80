import type { Client } from '../databases/postgres/connection.ts';
import type { ForeignKey } from '../databases/postgres/constraints.ts';
import type { SequencePosition } from '../databases/postgres/sequences.ts';
import type { Load } from '../services.ts';
import { bookkeepingOf } from './bookkeeping.ts';

/** A foreign key that is dropped; `ddl` adds it. */
interface DroppedForeignKey extends Dropped {
  kind: 'foreign-key';
  details: Pick<ForeignKey, 'definition' | 'validated' | 'validatesLater' | 'comment'>;
}
/** A trigger or rule that is disabled; `ddl` brings back the state it was in. */
interface DisabledFiring extends Dropped {
  kind: 'trigger' | 'rule';
}
/** Where a sequence stood before the load; it is not moved by loading, only by restoring after it. */
interface SequenceBefore extends Dropped {
  kind: 'sequence';
  details: SequencePosition;
}
/** `target` is the table's (or sequence's) quoted qualified name. */
interface Dropped {
  target: string;
  name: string;
  ddl: string;
}

export type Detached = DroppedForeignKey | DisabledFiring;

/** What is recorded already keeps its record: it is older, so it says how the target was found. */
export async function record(client: Client, load: Load, entry: Detached | SequenceBefore): Promise<void> {
  await client.query(
    `insert into ${bookkeepingOf(load).dropped} (kind, target, name, ddl, details) values ($1, $2, $3, $4, $5)
       on conflict (kind, target, name) do nothing`,
    [entry.kind, entry.target, entry.name, entry.ddl, JSON.stringify('details' in entry ? entry.details : {})],
  );
}

/** What is still to be brought back, in the order in which it was taken off. */
export async function listDetached(client: Client, load: Load): Promise<(Detached & { id: number })[]> {
  const { rows } = await client.query<Detached & { id: number }>(
    `select id, kind, target, name, ddl, details from ${bookkeepingOf(load).dropped} where kind <> 'sequence' order by id`,
  );
  return rows;
}

export async function listSequencesBefore(client: Client, load: Load): Promise<SequenceBefore[]> {
  const { rows } = await client.query<SequenceBefore>(
    `select kind, target, name, ddl, details from ${bookkeepingOf(load).dropped} where kind = 'sequence' order by id`,
  );
  return rows;
}
