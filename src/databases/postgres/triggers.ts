import type pg from 'pg';
import { quoteIdentifier } from './identifiers.ts';

/** A trigger or rewrite rule that somebody made and that can fire. */
export interface Firing {
  kind: 'trigger' | 'rule';
  /** Quoted and qualified. */
  table: string;
  name: string;
  /** pg_trigger.tgenabled, pg_rewrite.ev_enabled: fires in origin sessions, as replica, always. */
  state: 'O' | 'R' | 'A';
}

const ENABLE = { O: 'enable', R: 'enable replica', A: 'enable always' } as const;

/**
 * Every trigger and rule of these tables that isn't switched off; those of partitions one by one, since each has a state
 * of its own. Not the internal triggers of constraints, which only a superuser may switch.
 */
export async function listFiring(client: pg.Client, tables: number[]): Promise<Firing[]> {
  const { rows } = await client.query<Firing>(
    `select kind, format('%I.%I', n.nspname, t.relname) as "table", name, state
       from (select 'trigger' as kind, tgrelid as owner, tgname as name, tgenabled as state
               from pg_trigger where not tgisinternal
             union all
             select 'rule', ev_class, rulename, ev_enabled from pg_rewrite where rulename <> '_RETURN') found
       join pg_class t on t.oid = found.owner join pg_namespace n on n.oid = t.relnamespace
      where found.owner = any($1::oid[]) and found.state <> 'D'
      order by 1, 2, 3`,
    [tables],
  );
  return rows;
}

/** Whether it is still there. */
export async function hasFiring(client: pg.Client, { kind, table, name }: Omit<Firing, 'state'>): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    kind === 'trigger'
      ? 'select exists (select from pg_trigger where tgrelid = to_regclass($1) and tgname = $2) as there'
      : 'select exists (select from pg_rewrite where ev_class = to_regclass($1) and rulename = $2) as there',
    [table, name],
  );
  return rows[0]?.there === true;
}

/** `only`: a partition's own trigger may be in another state than its parent's. */
export function disableFiring({ kind, table, name }: Firing): string {
  return `alter table only ${table} disable ${kind} ${quoteIdentifier(name)}`;
}

export function enableFiring({ kind, table, name, state }: Firing): string {
  return `alter table only ${table} ${ENABLE[state]} ${kind} ${quoteIdentifier(name)}`;
}
