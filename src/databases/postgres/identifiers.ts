import type { QualifiedName } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';

/** Quotes a name, always: so no list of reserved words is needed. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a value as a literal that means the same whatever standard_conforming_strings says. */
export function quoteLiteral(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return value.includes('\\') ? ` E${quoted}` : quoted;
}

/** `hr.employees` as SQL: `"hr"."employees"`. @throws Error when it is no qualified name: the request's check let it through */
export function quoteQualifiedName(name: QualifiedName): string {
  const { schema, table } = tableNameOf(name);
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}
