import type { QualifiedName } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';

/** Quotes a name, always: so no list of reserved words is needed. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Quotes a text as a literal, for a session in which a backslash escapes. */
export function quoteLiteral(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** `shop.orders` as SQL, where the schema is what MySQL calls a database. @throws Error when it is no qualified name */
export function quoteQualifiedName(name: QualifiedName): string {
  const { schema, table } = tableNameOf(name);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}
