import type { ForeignKeySurvey, QualifiedName } from '../../model.ts';
import { tableNameOf, writeTableName } from '../../request/table-name.ts';
import type { Relation } from '../source-engine.ts';
import type { Client } from './connection.ts';

/**
 * What information_schema says, where a schema is what MySQL calls a database. It shows only what the user has some right
 * to. It compares names without regard to case, whatever lower_case_table_names says; a name counts here as the catalogue
 * writes it, so that one table has one name, and two that differ in case only are told apart. Columns of its own have
 * other cases in MySQL than in MariaDB, so each is given its name.
 */

const SYSTEM_SCHEMAS = ['information_schema', 'mysql', 'performance_schema', 'sys'];

interface TableRow {
  schema: string;
  table: string;
  type: string;
}

/** Those of the named relations that exist, by name. */
export async function findRelations(client: Client, names: QualifiedName[]): Promise<Map<QualifiedName, Relation>> {
  const found = new Map<QualifiedName, Relation>();
  for (const schema of new Set(names.map((name) => tableNameOf(name).schema))) {
    for (const relation of (await readTables(client, schema)).map(toRelation)) {
      if (names.includes(relation.name)) found.set(relation.name, relation);
    }
  }
  return found;
}

/** Every table of a schema, by name. */
export async function findTablesOf(client: Client, schema: string): Promise<Relation[]> {
  return (await readTables(client, schema)).map(toRelation).filter(({ kind }) => kind === 'table');
}

export async function listTableNames(client: Client, schema: string): Promise<QualifiedName[]> {
  const here = await findTablesOf(client, schema);
  if (here.length > 0) return here.map(({ name }) => name);
  const rows = await client.query<TableRow>(
    `select table_schema as \`schema\`, table_name as \`table\` from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in (?) order by 1, 2 limit 1000`,
    [SYSTEM_SCHEMAS],
  );
  return rows.map(writeTableName);
}

async function readTables(client: Client, schema: string): Promise<TableRow[]> {
  const rows = await client.query<TableRow>(
    `select table_schema as \`schema\`, table_name as \`table\`, table_type as type from information_schema.tables
      where table_schema = ? order by table_name`,
    [schema],
  );
  return rows.filter((row) => row.schema === schema);
}

/** A system-versioned table counts as one here: that AWS DMS doesn't read it is said with that reason, see carriable.ts. */
function toRelation(row: TableRow): Relation {
  const isTable = row.type === 'BASE TABLE' || row.type === 'SYSTEM VERSIONED';
  const isView = row.type.endsWith('VIEW');
  return { oid: 0, name: writeTableName(row), kind: isTable ? 'table' : isView ? 'view' : 'other', partitionOf: [] };
}

export interface SizeRow {
  type: string;
  estimatedRows: string | number | null;
  estimatedBytes: string | number | null;
}

/** The engine's estimates; those of InnoDB are samples of a few pages. */
export async function readSize(client: Client, table: QualifiedName): Promise<SizeRow | undefined> {
  const rows = await of<SizeRow>(
    client,
    table,
    `select table_name as \`table\`, table_type as type, table_rows as estimatedRows, data_length as estimatedBytes
       from information_schema.tables where table_schema = ? and table_name = ?`,
  );
  return rows[0];
}

/** 1 or 0: a truth is a number of whatever length the server takes for it. */
type Truth = string | number;

export interface ColumnRow {
  name: string;
  type: string;
  nullable: Truth;
  generated: Truth;
  invisible: Truth;
  hasDefault: Truth;
}

/** In the table's order. */
export function readColumns(client: Client, table: QualifiedName): Promise<ColumnRow[]> {
  return of<ColumnRow>(
    client,
    table,
    `select table_name as \`table\`, column_name as name, column_type as type, is_nullable = 'YES' as nullable,
            coalesce(generation_expression, '') <> '' as generated, extra like '%INVISIBLE%' as invisible,
            column_default is not null or extra like '%auto_increment%' as hasDefault
       from information_schema.columns where table_schema = ? and table_name = ? order by ordinal_position`,
  );
}

/** Unique indexes over whole columns, the primary key first, then those over fewer columns. */
export async function readUniqueKeys(client: Client, table: QualifiedName): Promise<string[][]> {
  const rows = await of<{ name: string; column: string | null; prefix: number | null }>(
    client,
    table,
    `select table_name as \`table\`, index_name as name, column_name as \`column\`, sub_part as prefix
       from information_schema.statistics where table_schema = ? and table_name = ? and non_unique = 0
      order by index_name <> 'PRIMARY', index_name, seq_in_index`,
  );
  const names = [...new Set(rows.map(({ name }) => name))];
  const keys = names
    .map((name) => rows.filter((row) => row.name === name))
    // Over an expression, or over the beginning of a value only.
    .filter((parts) => parts.every(({ column, prefix }) => column !== null && prefix === null))
    .map((parts) => ({ isPrimary: parts[0]?.name === 'PRIMARY', columns: parts.map(({ column }) => column ?? '') }));
  return keys
    .toSorted(
      (one, other) => Number(other.isPrimary) - Number(one.isPrimary) || one.columns.length - other.columns.length,
    )
    .map(({ columns }) => columns);
}

/** Foreign keys of the table itself, not those that point at it. */
export async function readForeignKeys(client: Client, table: QualifiedName): Promise<ForeignKeySurvey[]> {
  const rows = await of<{ name: string; column: string; toSchema: string; toTable: string; toColumn: string }>(
    client,
    table,
    `select table_name as \`table\`, constraint_name as name, column_name as \`column\`, referenced_table_schema as toSchema,
            referenced_table_name as toTable, referenced_column_name as toColumn
       from information_schema.key_column_usage
      where table_schema = ? and table_name = ? and referenced_table_name is not null
      order by constraint_name, ordinal_position`,
  );
  return [...new Set(rows.map(({ name }) => name))].map((name) => {
    const parts = rows.filter((row) => row.name === name);
    const [{ toSchema, toTable }] = parts as [(typeof parts)[number]];
    return {
      name,
      columns: parts.map(({ column }) => column),
      references: writeTableName({ schema: toSchema, table: toTable }),
      referencedColumns: parts.map(({ toColumn }) => toColumn),
    };
  });
}

/** The rows of information_schema that are this table's, not those of one whose name differs in case only. */
async function of<Row>(client: Client, name: QualifiedName, sql: string): Promise<Row[]> {
  const { schema, table } = tableNameOf(name);
  const rows = await client.query<Row & { table: string }>(sql, [schema, table]);
  return rows.filter((row) => row.table === table);
}
