import type { Client } from '../databases/postgres/connection.ts';
import { findRelations, listTableNames } from '../databases/postgres/find-tables.ts';
import { findNotOwned, isReadOnlyByDefault, mayCreateIn } from '../databases/postgres/privileges.ts';
import type { Relation } from '../databases/source-engine.ts';
import { RequestError } from '../errors.ts';
import type { QualifiedName, Survey } from '../model.ts';
import { parseTableName } from '../request/table-name.ts';
import { targetNameOf } from '../request/table-names.ts';
import { assertTable, missingTable } from './source-tables.ts';

/** Which target table each source table goes to. @throws RequestError when two would go into one */
export function pairTables(sources: QualifiedName[], targets: Record<string, string>): Survey['pairs'] {
  const taken = new Map<QualifiedName, QualifiedName>();
  return sources.map((source) => {
    const target = targetNameOf(source, targets);
    const other = taken.get(target);
    if (other !== undefined) {
      throw new RequestError({
        field: 'target.tables',
        value: target,
        wrong: `${other} and ${source} would both go into it`,
        advice: 'Give each source table a target table of its own',
      });
    }
    taken.set(target, source);
    return { source, target };
  });
}

export async function findTargetTables(
  client: Client,
  pairs: Survey['pairs'],
  targets: Record<string, string>,
  database: string,
): Promise<Relation[]> {
  const found = await findRelations(
    client,
    pairs.map((pair) => pair.target),
  );
  const tables = { listTableNames: (schema: string) => listTableNames(client, schema) };
  const relations: Relation[] = [];
  for (const pair of pairs) {
    const field = pair.source in targets ? `target.tables["${pair.source}"]` : 'target.tables';
    const relation = found.get(pair.target);
    if (!relation) throw await missingTable(tables, pair.target, field, database);
    assertTable(relation, field);
    relations.push(relation);
  }
  assertApart(relations);
  return relations;
}

/** Two loads into a partition and its parent would meet in the same rows. */
function assertApart(relations: Relation[]): void {
  const names = new Set(relations.map((relation) => relation.name));
  const inside = relations.find((relation) => relation.partitionOf.some((name) => names.has(name)));
  if (!inside) return;
  throw new RequestError({
    field: 'target.tables',
    value: inside.name,
    wrong: 'it is a partition of another target table of this load',
    advice: 'Load into one of the two only',
  });
}

/**
 * Constraints and triggers can be taken off and put back by the tables' owner alone, and the load's bookkeeping tables
 * stand in the schema of the first one.
 * @throws RequestError
 */
export async function assertWritable(client: Client, relations: Relation[]): Promise<void> {
  if (await isReadOnlyByDefault(client)) {
    throw new RequestError({
      field: 'target.connection',
      wrong: 'the database, or the role, is set to read only (default_transaction_read_only is on)',
      advice: 'Name another database or role, or have its owner switch that off',
    });
  }
  const foreign = await findNotOwned(
    client,
    relations.map((relation) => relation.oid),
  );
  const relation = relations.find((candidate) => candidate.oid === foreign?.oid);
  if (foreign && relation) {
    throw new RequestError({
      field: 'target.connection',
      value: relation.name,
      wrong: `the table belongs to ${foreign.owner}, and the role has not the rights of that owner`,
      advice: `Connect as the owner, or as a member of ${foreign.owner}`,
    });
  }
  const schema = parseTableName(relations[0]?.name ?? '')?.schema;
  if (schema === undefined || (await mayCreateIn(client, schema))) return;
  throw new RequestError({
    field: 'target.connection',
    value: schema,
    wrong: "the role may not create the load's bookkeeping tables in this schema",
    advice: 'Grant it CREATE and USAGE on the schema',
  });
}
