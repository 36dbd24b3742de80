import type { Client } from '../databases/postgres/connection.ts';
import type { ForeignKey } from '../databases/postgres/constraints.ts';
import { mayCreateIn } from '../databases/postgres/privileges.ts';
import type { ColumnSequence } from '../databases/postgres/sequences.ts';
import type { TableTree } from '../databases/postgres/table-trees.ts';
import { RequestError } from '../errors.ts';
import type { QualifiedName } from '../model.ts';

/**
 * Everything that preparing and restoring will need, asked for before anything is changed: what can be dropped can't
 * always be added again, since adding a foreign key takes a right on the table that it references too.
 *
 * @throws RequestError naming the object
 */
export function assertTablesOwned(wanted: QualifiedName[], trees: TableTree[]): void {
  for (const name of wanted) {
    const tree = trees.find((candidate) => candidate.name === name);
    if (!tree) throw refuse(name, 'there is no such table in the target', 'Create it, or check target.tables.');
    if (!tree.owned) {
      throw refuse(
        name,
        'it, or a partition of it, belongs to another role than the one of target.connection',
        'Log in as the owner, or grant membership in the owning role: preparing a table takes its owner.',
      );
    }
  }
}

/** @throws RequestError naming the schema */
export async function assertMayCreateIn(client: Client, schema: string): Promise<void> {
  if (await mayCreateIn(client, schema)) return;
  throw refuse(
    schema,
    "the role of target.connection may not create tables in this schema, where the load's bookkeeping goes",
    'Grant CREATE and USAGE on the schema to it; the bookkeeping is removed when the load ends.',
  );
}

/** @throws RequestError naming the foreign key */
export function assertForeignKeysRestorable(foreignKeys: ForeignKey[]): void {
  for (const foreignKey of foreignKeys) {
    const named = `${foreignKey.name} on ${foreignKey.table}`;
    if (!foreignKey.owned) {
      throw refuse(
        named,
        `this foreign key references ${foreignKey.references}, but its own table belongs to another role`,
        'Log in as a role that owns that table too, or have its owner drop the foreign key for the time of the load.',
      );
    }
    if (!foreignKey.mayReference) {
      throw refuse(
        named,
        `the role of target.connection could drop this foreign key but not add it again: it may not reference ${foreignKey.references}`,
        'Grant REFERENCES on that table, and USAGE on its schema, to it.',
      );
    }
    if (foreignKey.switchedOff) {
      throw refuse(
        named,
        'a superuser has switched the enforcement of this foreign key off, which an owner could not do again after the load',
        `Switch it on (ALTER TABLE ${foreignKey.references} ENABLE TRIGGER ALL and the same on ${foreignKey.table}), or drop it.`,
      );
    }
  }
}

/** @throws RequestError naming the sequence */
export function assertSequencesSettable(sequences: ColumnSequence[]): void {
  for (const { sequence, table, column, maySet } of sequences) {
    if (maySet) continue;
    throw refuse(
      sequence,
      `the role of target.connection may not move on this sequence, which gives values to ${column} of ${table}`,
      'Grant SELECT and UPDATE on the sequence to it.',
    );
  }
}

function refuse(value: string, wrong: string, advice: string): RequestError {
  return new RequestError({ field: 'target', value, wrong, advice });
}
