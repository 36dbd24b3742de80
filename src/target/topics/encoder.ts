import type { FeedRecord } from '../../kafka/record-batch.ts';
import type { ConnectorSettings, TopicFormat } from '../../model.ts';
import { keyAsConnectWrites } from './connect-key.ts';
import { withLastLookedAhead } from './look-ahead.ts';

/** Debezium's words for where in a snapshot a row stands (io.debezium.connector.SnapshotRecord). */
export type SnapshotMark =
  | 'first'
  | 'first_in_data_collection'
  | 'true'
  | 'last_in_data_collection'
  | 'last'
  | 'incremental';

/** What an envelope says of where a row comes from: the same whoever writes it, and whenever. */
export interface RowOrigin {
  /** topic.prefix of the live topic's connector, where no record of it says so. */
  name: string;
  database: string;
  schema: string;
  table: string;
  /** Before the first row was read, ISO 8601. */
  takenAt: string;
  /** As PostgreSQL writes it, `16/B374D848`: everything up to there is in the row. */
  lsn?: string;
}

/** A row as the source reads it, as a record. Without an envelope the mark shows nowhere. */
export type Encode = (row: FeedRecord, mark: SnapshotMark) => FeedRecord;

/**
 * Pure. A plain row without schemas is handed on as it is: no byte of its value is copied.
 * @param keyTypes of the key's columns, as the source has them; only text can be written in more than one way
 */
export function encoderOf(format: TopicFormat, origin: RowOrigin, keyTypes: string[] = []): Encode {
  const keyOf = keyEncoder(format, keyTypes);
  const valueOf = valueEncoder(format, origin);
  return (row, mark) => {
    const [key, value] = [keyOf(row.key), valueOf(row.value, mark)];
    return key === row.key && value === row.value ? row : { key, value };
  };
}

/** The marks of one chunk's rows: the first and the last one may be of their own. */
export interface ChunkMarks {
  first?: 'first' | 'first_in_data_collection';
  usual: 'true' | 'incremental';
  last?: 'last' | 'last_in_data_collection';
}

/** Encodes rows as they come. To know which one is the last, one row waits for the next block. */
export async function* encodeRows(
  blocks: AsyncIterable<FeedRecord[]>,
  encode: Encode,
  { first, usual, last }: ChunkMarks,
): AsyncGenerator<FeedRecord[]> {
  let isFirst = true;
  for await (const { rows, isLast } of last ? withLastLookedAhead(blocks) : unmarked(blocks)) {
    yield rows.map((row, index) => {
      const mark = pickMark(isFirst ? first : undefined, isLast && index === rows.length - 1 ? last : undefined);
      isFirst = false;
      return encode(row, mark ?? usual);
    });
  }
}

async function* unmarked(blocks: AsyncIterable<FeedRecord[]>) {
  for await (const rows of blocks) yield { rows, isLast: false };
}

/** Of one row that is several of them, in Debezium's order (RelationalSnapshotChangeEventSource.setSnapshotMarker). */
function pickMark(first: ChunkMarks['first'], last: ChunkMarks['last']): SnapshotMark | undefined {
  return [last, first].find((mark) => mark === 'last' || mark === 'first') ?? last ?? first;
}

function keyEncoder({ keySchema }: TopicFormat, keyTypes: string[]): (key: Buffer | null) => Buffer | null {
  const asWritten = keyTypes.every((type) => /^(smallint|integer|bigint|uuid|boolean)$/.test(type))
    ? (key: Buffer) => key
    : keyAsConnectWrites;
  if (keySchema === undefined) return (key) => key && asWritten(key);
  const [before, after] = [Buffer.from(keySchema), Buffer.from('}')];
  return (key) => key && Buffer.concat([before, asWritten(key), after]);
}

function valueEncoder(format: TopicFormat, origin: RowOrigin): (row: Buffer, mark: SnapshotMark) => Buffer {
  const { connector, valueSchema } = format;
  if (!connector && valueSchema === undefined) return (row) => row;
  const [opening, closing] = valueSchema === undefined ? ['', ''] : [valueSchema, '}'];
  const parts = new Map<SnapshotMark, [before: Buffer, after: Buffer]>();
  return (row, mark) => {
    let around = parts.get(mark);
    if (!around) {
      const [before, after] = connector ? envelopeAround(connector, origin, mark) : ['', ''];
      around = [Buffer.from(opening + before), Buffer.from(after + closing)];
      parts.set(mark, around);
    }
    return Buffer.concat([around[0], row, around[1]]);
  };
}

/** What stands before the row, and behind it. Fields that only an event of the log has are null. */
function envelopeAround(connector: ConnectorSettings, origin: RowOrigin, mark: SnapshotMark): [string, string] {
  const known: Record<string, string> = {
    ...momentsOf(origin.takenAt),
    op: '"r"',
    source: sourceBlock(connector, origin, mark),
  };
  const fields = connector.envelope.map((name) => [name, known[name] ?? 'null'] as const);
  const at = connector.envelope.indexOf('after');
  const [before, after] = [fields.slice(0, at), fields.slice(at + 1)].map((some) =>
    some.map(([name, json]) => `${JSON.stringify(name)}:${json}`),
  ) as [string[], string[]];
  return [`{${[...before, '"after":'].join(',')}`, `${['', ...after].join(',')}}`];
}

function sourceBlock({ source, version, name }: ConnectorSettings, origin: RowOrigin, mark: SnapshotMark): string {
  const lsn = origin.lsn === undefined ? undefined : numberOfLsn(origin.lsn);
  const known: Record<string, string> = {
    ...momentsOf(origin.takenAt),
    version: JSON.stringify(version ?? 'initial-load'),
    connector: '"postgresql"',
    name: JSON.stringify(name ?? origin.name),
    snapshot: JSON.stringify(mark),
    db: JSON.stringify(origin.database),
    schema: JSON.stringify(origin.schema),
    table: JSON.stringify(origin.table),
    ...(lsn !== undefined && { lsn, sequence: JSON.stringify(`[null,"${lsn}"]`) }),
  };
  return `{${source.map((field) => `${JSON.stringify(field)}:${known[field] ?? 'null'}`).join(',')}}`;
}

function momentsOf(takenAt: string): Record<'ts_ms' | 'ts_us' | 'ts_ns', string> {
  const milliseconds = Date.parse(takenAt);
  return { ts_ms: `${milliseconds}`, ts_us: `${milliseconds}000`, ts_ns: `${milliseconds}000000` };
}

/** Two halves of 32 bits, hexadecimal (PostgreSQL manual, pg_lsn Type). */
function numberOfLsn(lsn: string): string {
  const [high = '0', low = '0'] = lsn.split('/');
  return String((BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`));
}
