import type { Relation, Source } from '../databases/source-engine.ts';
import { RequestError } from '../errors.ts';
import type { QualifiedName, TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import type { LoadRequest } from '../request/schema.ts';
import { parseTableName, parseWildcard } from '../request/table-name.ts';

type AskedTables = LoadRequest['source']['tables'];

/** The tables that the request names, wildcards expanded, each once, in the request's order. */
export async function findSourceTables(source: Source, asked: AskedTables, database: string): Promise<Relation[]> {
  const names = asked.map((table) => (typeof table === 'string' ? table : table.name));
  const single = await source.findRelations(names.filter((name) => parseWildcard(name) === undefined));
  const found = new Map<QualifiedName, Relation>();
  for (const [index, name] of names.entries()) {
    const field = `source.tables[${index}]`;
    const schema = parseWildcard(name);
    const relations = schema === undefined ? [single.get(name)] : await source.findTablesOf(schema);
    if (relations.length === 0) throw await missingTable(source, name, field, database);
    for (const relation of relations) {
      if (!relation) throw await missingTable(source, name, field, database);
      assertTable(relation, field);
      found.set(relation.name, relation);
    }
  }
  assertNoPartOfAnother([...found.values()]);
  return [...found.values()];
}

/** @throws RequestError that names what exists */
export async function missingTable(
  { listTableNames }: Pick<Source, 'listTableNames'>,
  name: QualifiedName,
  field: string,
  database: string,
): Promise<RequestError> {
  const wildcard = parseWildcard(name);
  const schema = wildcard ?? parseTableName(name)?.schema ?? '';
  const existing = await listTableNames(schema);
  const meant = nearest(name, existing);
  const some = existing.slice(0, 10).join(', ') + (existing.length > 10 ? ', …' : '');
  const there = existing.length === 0 ? 'The database has no tables' : `There are: ${some}`;
  return new RequestError({
    field,
    value: name,
    wrong:
      wildcard === undefined
        ? `the database ${database} has no such table`
        : `the database ${database} has no tables in this schema`,
    advice: meant ? `Did you mean ${meant}?` : there,
  });
}

/** @throws RequestError for a view, a sequence, …, whose rows can't be loaded like a table's */
export function assertTable(relation: Relation, field: string): void {
  if (relation.kind === 'table' || relation.kind === 'partitioned table') return;
  throw new RequestError({
    field,
    value: relation.name,
    wrong: relation.kind === 'other' ? 'it is not a table' : `it is a ${relation.kind}, not a table`,
    advice: 'Name the tables themselves',
  });
}

/** A partition's rows come with its parent: named beside it, they would be loaded twice. */
function assertNoPartOfAnother(relations: Relation[]): void {
  const names = new Set(relations.map((relation) => relation.name));
  for (const relation of relations) {
    const parent = relation.partitionOf.find((name) => names.has(name));
    if (parent === undefined) continue;
    throw new RequestError({
      field: 'source.tables',
      value: relation.name,
      wrong: `it is a partition of ${parent}, which is loaded too`,
      advice: 'Name only one of the two',
    });
  }
}

/** @throws RequestError naming the table, or the column where only some are asked for, that the role may not read */
export async function assertReadable(source: Source, relations: Relation[], asked: AskedTables): Promise<void> {
  const needed = relations.map((relation) => {
    const columns = columnsOf(asked, relation.name);
    return { relation, ...(columns && { columns }) };
  });
  const unreadable = await source.findUnreadable(needed);
  if (!unreadable) return;
  const { table, ...obstacle } = unreadable;
  throw new RequestError({ field: 'source.connection', value: table, ...obstacle });
}

/** @throws RequestError for what would silently be left out of the load, or changed by it */
export async function assertCarriable(source: Source, tables: TableSurvey[], request: LoadRequest): Promise<void> {
  for (const { name, columns } of tables) {
    const asked = request.source.tables.find((table) => typeof table === 'object' && table.name === name);
    const transform = request.transform?.[name];
    const dropped = typeof transform === 'object' ? (transform.drop ?? []) : [];
    const named = (typeof asked === 'object' && asked.columns) || columns.map((column) => column.name);
    const obstacle = await source.findUncarriable(
      name,
      named.filter((column) => !dropped.includes(column)),
    );
    if (obstacle) throw new RequestError({ field: 'source.tables', value: name, ...obstacle });
  }
}

/** @throws RequestError for a column in `columns` or `where` that the table doesn't have */
export function assertColumnsExist(tables: TableSurvey[], asked: AskedTables): void {
  for (const [index, wanted] of asked.entries()) {
    const table = typeof wanted === 'object' && tables.find((candidate) => candidate.name === wanted.name);
    if (!table) continue;
    const existing = table.columns.map((column) => column.name);
    const named = [
      ...(wanted.columns ?? []).map((column, at) => ({ column, field: `source.tables[${index}].columns[${at}]` })),
      ...(wanted.where ?? []).map(({ column }, at) => ({
        column,
        field: `source.tables[${index}].where[${at}].column`,
      })),
    ];
    for (const { column, field } of named) {
      if (existing.includes(column)) continue;
      const meant = nearest(column, existing);
      throw new RequestError({
        field,
        value: column,
        wrong: `the table ${table.name} has no such column`,
        advice: meant ? `Did you mean ${meant}?` : `There are: ${existing.join(', ')}`,
      });
    }
  }
}

/**
 * Asks the source whether it understands every condition, before anything is made: each type has its own idea of values.
 * @throws RequestError for a value that the column's type doesn't take, or a type that can't be compared
 */
export async function assertConditionsUnderstood(
  source: Source,
  tables: TableSurvey[],
  asked: AskedTables,
): Promise<void> {
  for (const [index, wanted] of asked.entries()) {
    const table = typeof wanted === 'object' && tables.find((candidate) => candidate.name === wanted.name);
    if (!table) continue;
    for (const [at, condition] of (wanted.where ?? []).entries()) {
      const problem = await source.findMisunderstanding(table, condition);
      if (!problem) continue;
      throw new RequestError(
        {
          field: `source.tables[${index}].where[${at}]`,
          value: Object.entries(condition).find(([name]) => name !== 'column')?.[1],
          wrong: `it cannot be compared with ${condition.column} of ${table.name}: ${problem.message}`,
          advice: 'Give a value that the type of the column takes',
        },
        { cause: problem.cause },
      );
    }
  }
}

/** The columns that a load of the table reads, or undefined for all of them. */
function columnsOf(asked: AskedTables, name: QualifiedName): string[] | undefined {
  const wanted = asked.find((table) => typeof table === 'object' && table.name === name);
  if (typeof wanted !== 'object' || !wanted.columns) return undefined;
  return [...wanted.columns, ...(wanted.where ?? []).map((condition) => condition.column)];
}
