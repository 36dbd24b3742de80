import type { QualifiedName } from '../../model.ts';
import { parseTableName, type TableName } from '../../request/table-name.ts';

/** Quotes a name, always: so no list of reserved words is needed. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** `shop.orders` as SQL, where the schema is what MySQL calls a database. @throws Error when it is no qualified name */
export function quoteQualifiedName(name: QualifiedName): string {
  const { schema, table } = partsOf(name);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** @throws Error when it is no qualified name: the request's check let it through */
export function partsOf(name: QualifiedName): TableName {
  const parts = parseTableName(name);
  if (!parts) throw new Error(`${name} is not a table's name.`);
  return parts;
}
