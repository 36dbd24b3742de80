import type { QualifiedName } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';

/** Quotes a name, always: so no list of reserved words is needed. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** `shop.orders` as SQL, where the schema is what MySQL calls a database. @throws Error when it is no qualified name */
export function quoteQualifiedName(name: QualifiedName): string {
  const { schema, table } = tableNameOf(name);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}
