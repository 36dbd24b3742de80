import type { ColumnSurvey, JsonKind } from '../../model.ts';
import { withoutDomains } from './casts.ts';

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric']);

/** What row_to_json makes of a column (PostgreSQL, json_categorize_type); undefined for JSON, which may be anything. */
export function plainKind(column: ColumnSurvey): JsonKind | undefined {
  const type = withoutDomains(column.structure ?? column.fingerprint);
  if (type.startsWith('array of ')) return 'array';
  if (type.startsWith('composite ')) return 'object';
  if (type === 'json' || type === 'jsonb') return undefined;
  if (type === 'boolean') return 'boolean';
  return NUMBERS.has(type.replace(/\(.*\)/, '')) ? 'number' : 'string';
}
