import type { QualifiedName } from '../model.ts';

/** The two parts of a table's name, as the catalogue has them: without quotes. */
export interface TableName {
  schema: string;
  table: string;
}

const PLAIN_PART = /^[a-z_][a-z0-9_$]*$/;
const PART = String.raw`("(?:[^"\0]|"")+"|[a-z_][a-z0-9_$]*)`;
const TABLE_NAME = new RegExp(String.raw`^${PART}\.${PART}$`);
const WILDCARD = new RegExp(String.raw`^${PART}\.\*$`);

/**
 * Reads `schema.table`, or answers undefined when it is no such thing. A part in double quotes is taken as it stands (two
 * quotes inside are one), one without must be a plain lower-case name: engines differ in what they make of `Employees`,
 * so nothing is folded silently.
 */
export function parseTableName(text: string): TableName | undefined {
  const [, schema, table] = TABLE_NAME.exec(text) ?? [];
  return schema === undefined || table === undefined ? undefined : { schema: readPart(schema), table: readPart(table) };
}

/** The parts of a name that was checked before: the plan's and the survey's are all written by writeTableName. @throws Error */
export function tableNameOf(name: QualifiedName): TableName {
  const parts = parseTableName(name);
  if (!parts) throw new Error(`${name} is not a table's name.`);
  return parts;
}

/** The schema of `schema.*`, which means every table of it, or undefined. A quoted star is a table's name. */
export function parseWildcard(text: string): string | undefined {
  const schema = WILDCARD.exec(text)?.[1];
  return schema === undefined ? undefined : readPart(schema);
}

/** The one way a table's name is written: quotes only around a part that isn't a plain lower-case name. */
export function writeTableName(name: TableName): QualifiedName {
  return `${writePart(name.schema)}.${writePart(name.table)}`;
}

export function writeWildcard(schema: string): string {
  return `${writePart(schema)}.*`;
}

function readPart(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}

function writePart(part: string): string {
  return PLAIN_PART.test(part) ? part : `"${part.replaceAll('"', '""')}"`;
}
