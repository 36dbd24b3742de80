import type { Client } from '../databases/postgres/connection.ts';
import { dropForeignKey, addForeignKey, listForeignKeys, type ForeignKey } from '../databases/postgres/constraints.ts';
import { readSequence, type ColumnSequence } from '../databases/postgres/sequences.ts';
import type { TableTree } from '../databases/postgres/table-trees.ts';
import { disableFiring, enableFiring, listFiring } from '../databases/postgres/triggers.ts';
import type { Load } from '../services.ts';
import { record } from './dropped.ts';

/**
 * Locks the tables, and those that the foreign keys tie to them, so that nobody writes between what is looked at and
 * what is changed. Always in one order, so that two sessions that lock so don't block each other for good.
 */
export async function lockTables(client: Client, trees: TableTree[], foreignKeys: ForeignKey[]): Promise<void> {
  const outside = foreignKeys.flatMap((key) => [
    ...(key.owned ? [key.table] : []),
    ...(key.ownsReferenced ? [key.references] : []),
  ]);
  const oids = trees.flatMap((tree) => tree.oids);
  const { rows } = await client.query<{ name: string }>(
    `select format('%s%I.%I', case relkind when 'p' then '' else 'only ' end, n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p')
        and (c.oid = any($1::oid[]) or c.oid in (select to_regclass(name) from unnest($2::text[]) name))
      order by c.oid`,
    [oids, outside],
  );
  await client.query(`lock table ${rows.map(({ name }) => name).join(', ')} in access exclusive mode`);
}

/**
 * Takes off what would hinder loading in any order: foreign keys are dropped, triggers and rules disabled. Each is
 * recorded in the same transaction with the statement that brings it back.
 */
export async function detach(client: Client, load: Load, trees: TableTree[]): Promise<void> {
  const oids = trees.flatMap((tree) => tree.oids);
  for (const key of await listForeignKeys(client, oids)) {
    const { definition, validated, validatesLater, comment } = key;
    await record(client, load, {
      kind: 'foreign-key',
      target: key.table,
      name: key.name,
      ddl: addForeignKey(key),
      details: { definition, validated, validatesLater, comment },
    });
    await client.query(dropForeignKey(key));
  }
  for (const firing of await listFiring(client, oids)) {
    const { kind, table, name } = firing;
    await record(client, load, { kind, target: table, name, ddl: enableFiring(firing) });
    await client.query(disableFiring(firing));
  }
}

/** Where the sequences stood, so that a load that is discarded leaves them there; see emptyTables. */
export async function recordSequences(client: Client, load: Load, sequences: ColumnSequence[]): Promise<void> {
  for (const { sequence, exclusive } of sequences) {
    if (!exclusive) continue;
    const details = await readSequence(client, sequence);
    await record(client, load, { kind: 'sequence', target: sequence, name: '', ddl: '', details });
  }
}
