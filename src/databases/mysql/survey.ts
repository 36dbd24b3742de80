import { RequestError } from '../../errors.ts';
import type { ColumnSurvey, Key, TableSurvey } from '../../model.ts';
import type { Engine } from '../../request/schema.ts';
import type { Relation, ServerFacts } from '../source-engine.ts';
import { readColumns, readForeignKeys, readSize, readUniqueKeys, type ColumnRow } from './catalogue.ts';
import { withinSeconds, type Client } from './connection.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';
import { readLogPosition } from './position.ts';
import { COLLATED_TYPES, INTEGER_BITS, LARGE_TYPES, parseType } from './types.ts';

/** What AWS DMS reads and information_schema tells in the same way. */
const OLDEST_VERSION = { mysql: 5.7, mariadb: 10.3 };
/** As for PostgreSQL: below this a table is one key range, and above it has parts of about this size. */
const SMALLEST_CUT_TABLE_ROWS = 50_000;
const ROWS_A_PART = 5_000;
const MOST_PARTS = 256;
const MEASURE_SECONDS = 20;

/** @throws RequestError for a server that is too old, or of the other kind: AWS DMS must be told which it is */
export async function surveyServer(client: Client, engine: Engine): Promise<ServerFacts> {
  const found = client.isMariadb ? 'mariadb' : 'mysql';
  const name = client.isMariadb ? 'MariaDB' : 'MySQL';
  if (engine !== found) {
    throw new RequestError({
      field: 'source.engine',
      value: engine,
      wrong: `the server is ${name}`,
      advice: `Write "${found}"`,
    });
  }
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(client.version) ?? [];
  const oldest = String(OLDEST_VERSION[found]).split('.').map(Number) as [number, number];
  if (Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1])) {
    throw new RequestError({
      field: 'source.connection',
      value: client.version,
      wrong: 'the server is too old',
      advice: `Use ${name} ${OLDEST_VERSION[found]} or later`,
    });
  }
  const [row] = await client.query<{ database: string; readOnly: string | number; place: string }>(
    `select database() as \`database\`, if(@@global.innodb_read_only in (0, 'OFF'), @@global.read_only, 1) as readOnly,
            concat(@@hostname, ' ', @@port, ' ', database()) as place`,
  );
  const { database, readOnly, place } = row!;
  const position = await readLogPosition(client);
  return {
    engine,
    version: `${name} ${client.version}`,
    majorVersion: Number(major),
    database,
    // A primary that somebody set to read only counts as one too: both keep their rows as they are.
    readReplica: !['0', 'OFF'].includes(String(readOnly)),
    ...(position !== undefined && { position }),
    identity: `${found} ${place}`,
  };
}

/** Everything about these tables, in their order. */
export async function surveyTables(client: Client, relations: Relation[]): Promise<TableSurvey[]> {
  const tables: TableSurvey[] = [];
  for (const { name } of relations) {
    const size = await readSize(client, name);
    if (!size) throw new Error(`${name} was dropped while the database was surveyed.`);
    const columns = await readColumns(client, name);
    const uniqueKeys = await readUniqueKeys(client, name);
    const table: TableSurvey = {
      name,
      kind: 'table',
      columns: columns.map(toColumn),
      ...chooseKey(uniqueKeys, columns),
      uniqueKeys,
      foreignKeys: await readForeignKeys(client, name),
      rowsHidden: false,
      partitions: [],
      estimatedRows: Number(size.estimatedRows ?? 0),
      estimatedBytes: Number(size.estimatedBytes ?? 0),
      keyQuantiles: [],
      hasRows: false,
    };
    tables.push({ ...table, keyQuantiles: await readKeyQuantiles(client, table) });
  }
  return tables;
}

/** The fingerprint is like none of PostgreSQL's: `date` is not the same there. */
function toColumn({ name, type, nullable, generated, hasDefault }: ColumnRow): ColumnSurvey {
  return {
    name,
    type,
    nullable: Number(nullable) === 1,
    generated: Number(generated) === 1,
    hasDefault: Number(hasDefault) === 1,
    fingerprint: `mysql ${type}`,
  };
}

function chooseKey(uniqueKeys: string[][], columns: ColumnRow[]): Pick<TableSurvey, 'key' | 'keyIsCollated'> {
  const find = (name: string) => columns.find((column) => column.name === name);
  const key = uniqueKeys.find((names) => names.every((name) => Number(find(name)?.nullable) === 0));
  if (!key) return { keyIsCollated: false };
  return { key, keyIsCollated: key.some((name) => COLLATED_TYPES.includes(parseType(find(name)?.type ?? '').name)) };
}

/**
 * Keys that cut a big table into parts: a key of one whole number is cut evenly between its least and its greatest value,
 * which the index tells at once. Most such keys count up; where they don't, the parts are uneven, and still all of it.
 */
async function readKeyQuantiles(client: Client, table: TableSurvey): Promise<Key[]> {
  const [column, ...others] = table.key ?? [];
  if (column === undefined || others.length > 0 || table.estimatedRows < SMALLEST_CUT_TABLE_ROWS) return [];
  const type = table.columns.find(({ name }) => name === column)?.type ?? '';
  if (!(parseType(type).name in INTEGER_BITS)) return [];
  const name = quoteIdentifier(column);
  const [row] = await client.query<{ least: string | null; greatest: string | null }>(
    `select cast(min(${name}) as char) as least, cast(max(${name}) as char) as greatest from ${quoteQualifiedName(table.name)}`,
  );
  if (!row?.least || !row.greatest) return [];
  return cutEvenly(
    BigInt(row.least),
    BigInt(row.greatest),
    Math.min(MOST_PARTS, Math.floor(table.estimatedRows / ROWS_A_PART)),
  );
}

function cutEvenly(least: bigint, greatest: bigint, parts: number): Key[] {
  const cuts = Array.from(
    { length: parts - 1 },
    (_, cut) => least + ((greatest - least) * BigInt(cut + 1)) / BigInt(parts),
  );
  return [...new Set(cuts)].filter((cut) => cut < greatest).map((cut) => [String(cut)]);
}

/** Sets largestLobBytes of the tables where it matters (see TableSurvey), unless that takes too long. */
export async function measureLargestLobs(client: Client, tables: TableSurvey[]): Promise<void> {
  for (const table of tables) {
    const columns = table.columns.filter(({ type }) => LARGE_TYPES.includes(parseType(type).name));
    if (columns.length === 0 || (table.key && columns.every(({ nullable }) => nullable))) continue;
    // COALESCE of at least two: LEAST and GREATEST take no single argument.
    const lengths = columns.map(({ name }) => `max(octet_length(${quoteIdentifier(name)}))`);
    const longest = lengths.map((length) => `coalesce(${length}, 0)`).join(', ');
    const rows = await withinSeconds(client, MEASURE_SECONDS, () =>
      client.query<{ bytes: string }>(`select greatest(0, ${longest}) as bytes from ${quoteQualifiedName(table.name)}`),
    );
    if (rows) table.largestLobBytes = Number(rows[0]!.bytes);
  }
}
