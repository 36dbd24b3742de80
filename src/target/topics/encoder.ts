import type { FeedRecord } from '../../kafka/record-batch.ts';
import type { ConnectorSettings, TopicFormat } from '../../model.ts';
import { keyAsConnectWrites } from './connect-key.ts';

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
  const isBare = !format.connector && (format.keySchema ?? format.valueSchema) === undefined;
  if (isBare && isWrittenOneWay(keyTypes)) return asItIs;
  const keyOf = keyEncoder(format, keyTypes);
  const valueOf = valueEncoder(format, origin);
  return (row, mark) => {
    const [key, value] = [keyOf(row.key), valueOf(row.value, mark)];
    return key === row.key && value === row.value ? row : { key, value };
  };
}

/** Whoever encodes so need not be asked. */
export const asItIs: Encode = (row) => row;

function isWrittenOneWay(keyTypes: string[]): boolean {
  return keyTypes.every((type) => /^(smallint|integer|bigint|uuid|boolean)$/.test(type));
}

function keyEncoder({ keySchema }: TopicFormat, keyTypes: string[]): (key: Buffer | null) => Buffer | null {
  const asWritten = isWrittenOneWay(keyTypes) ? (key: Buffer) => key : keyAsConnectWrites;
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
