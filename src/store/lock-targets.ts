import { createHash } from 'node:crypto';
import { filesOf, filesOfSchema, type FilesTarget } from '../request/files-target.ts';
import type { ConnectionReference, LoadRequest } from '../request/schema.ts';
import { parseTableName, parseWildcard } from '../request/table-name.ts';
import { targetNameOf } from '../request/table-names.ts';

/**
 * What a lock is on, written `<place> <table>`; the table may be `schema.*`, which overlaps every table of the schema.
 * A load is locked twice over, in two kinds of places that never meet:
 *
 * - when it is accepted, by the connection's reference and the tables as the request writes them: no credential has been
 *   read yet, and a second load of the same request is refused before anything else happens;
 * - when it is planned, by the database's real address and the tables found there: two references, or two secrets, may
 *   lead to one database. Two names of one server are still two places.
 */

/** The place of tables that are files: their table is the folder's address. */
const FILES = 's3';

/** For Accept, of a checked request. Wildcards included; empty for a load that only writes to topics of its own. */
export function requestedLockTargets({ source, target, topics, strategy }: LoadRequest): string[] {
  // Two replays into one topic would each take the other's rows for events.
  if (strategy === 'replay') return Object.values(topics?.tables ?? {}).map((topic) => `${topics?.brokers} ${topic}`);
  if (target === undefined) return [];
  const names = source.tables.map((table) => (typeof table === 'string' ? table : table.name));
  if (!('connection' in target)) return names.map((name) => `${FILES} ${filesNamed(target, name)}`);
  const tables = names.flatMap((name) => targetsOf(name, target.tables));
  return [...new Set(tables)].map((table) => `${placeOf(target.connection)} ${table}`);
}

/** For Plan, once the address is known. It stands in the store as a hash: where a database is, is nobody's business. */
export function plannedLockTargets(
  address: { host: string; port: number; database: string },
  targets: string[],
): string[] {
  const identity = JSON.stringify([address.host.toLowerCase(), address.port, address.database]);
  const place = `database:${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
  return targets.map((table) => `${place} ${table}`);
}

export function overlap(one: string, other: string): boolean {
  if (one === other) return true;
  const [place, table] = split(one);
  const [otherPlace, otherTable] = split(other);
  if (place !== otherPlace) return false;
  // A folder may stand inside another one.
  if (place === FILES) return table.startsWith(otherTable) || otherTable.startsWith(table);
  const schema = parseWildcard(table);
  const otherSchema = parseWildcard(otherTable);
  return (
    (schema !== undefined && schema === parseTableName(otherTable)?.schema) ||
    (otherSchema !== undefined && otherSchema === parseTableName(table)?.schema)
  );
}

/** The table of a lock target, for people. */
export function tableOf(target: string): string {
  return split(target)[1];
}

function split(target: string): [place: string, table: string] {
  const space = target.indexOf(' ');
  return [target.slice(0, space), target.slice(space + 1)];
}

/** A table's folder, or what the folders of all tables of a wildcard begin with. */
function filesNamed(target: FilesTarget, name: string): string {
  const schema = parseWildcard(name);
  return schema === undefined ? filesOf(target, name) : filesOfSchema(target, schema);
}

/** Where the tables of one entry of the request go; a wildcard's tables may each be renamed too. */
function targetsOf(name: string, renamed: Record<string, string>): string[] {
  const schema = parseWildcard(name);
  if (schema === undefined) return [targetNameOf(name, renamed)];
  const single = Object.entries(renamed).filter(([source]) => parseTableName(source)?.schema === schema);
  return [renamed[name] ?? name, ...single.map(([, target]) => target)];
}

/** Connections that differ only in what the request says beside the secret may be one database: the secret decides. */
function placeOf(connection: ConnectionReference): string {
  return typeof connection === 'string' ? connection : connection.secret;
}
