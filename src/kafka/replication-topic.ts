import { createHash } from 'node:crypto';
import type { QualifiedName } from '../model.ts';
import { tableNameOf } from '../request/table-name.ts';

/** Kafka takes letters, digits, dot, underscore and hyphen, at most 249 of them (org.apache.kafka.common.internals.Topic). */
const LONGEST_NAME = 249;
const HASH_DIGITS = 8;

/**
 * The temporary topic of one table, `initial-load.<dataset>.<schema>.<table>.<loadId>`: consumers may be granted all that
 * begins with `initial-load.<dataset>.`. Where a name has other signs or is too long, or two tables could come to one name,
 * a hash tells it from its like.
 */
export function replicationTopic(load: { loadId: string; dataset: string }, table: QualifiedName): string {
  const { schema, table: name } = tableNameOf(table);
  const wanted = ['initial-load', load.dataset, schema, name, load.loadId].join('.');
  const safe = wanted.replaceAll(/[^A-Za-z0-9._-]/gu, '_');
  if (safe === wanted && wanted.length <= LONGEST_NAME && isUnmistakable(schema, name)) return wanted;
  const hash = createHash('sha256').update(`${load.loadId} ${table}`).digest('hex').slice(0, HASH_DIGITS);
  return `${safe.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}.${hash}`;
}

/** To Kafka `a.b_c` and `a_b.c` collide, since its metrics know no dots: so the first of either must end the schema. */
function isUnmistakable(schema: string, table: string): boolean {
  return !/[._]/.test(schema) && !table.includes('.');
}

/**
 * What a load's records are known by: one header, `initial-load: <loadId> <mark>`. A row as it was read; the end of a
 * partition of a temporary topic; or a live event said again, since a row that was read before it had come after it.
 */
export type RecordMark = 'row' | 'end' | 'again';
const RECORD_HEADER = 'initial-load';

export function headerOf(loadId: string, mark: RecordMark): [name: string, value: string] {
  return [RECORD_HEADER, `${loadId} ${mark}`];
}
