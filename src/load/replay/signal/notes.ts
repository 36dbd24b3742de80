import { payloadIn } from '../../../kafka/connector-record.ts';

/** What a connector says of its incremental snapshots (Debezium's IncrementalSnapshotNotificationService, 3.6). */
export interface Note {
  /** Of the signal that last asked this connector for a snapshot, also while it still works on an earlier one. */
  id: string;
  /** `STARTED`, `IN_PROGRESS`, `TABLE_SCAN_COMPLETED`, `COMPLETED`, `PAUSED`, `RESUMED` or `ABORTED`. */
  type: string;
  connector: string;
  /** Milliseconds since 1970, by the connector's clock. */
  at: number;
  /** The tables that the connector has still to read, the current one first. */
  tables: string[];
  /** Of TABLE_SCAN_COMPLETED only. */
  scan?: { table: string; status: string; rows: number };
}

const AGGREGATE = 'Incremental Snapshot';

/** Undefined for a record that is none of them: of an initial snapshot, say, or of another shape. */
export function noteIn(value: Buffer): Note | undefined {
  const note = payloadIn(value);
  if (note?.['aggregate_type'] !== AGGREGATE) return undefined;
  const { id, type, timestamp } = note;
  if (typeof id !== 'string' || typeof type !== 'string') return undefined;
  const data = (note['additional_data'] ?? {}) as Record<string, string | undefined>;
  const table = data['scanned_collection'];
  return {
    id,
    type,
    connector: data['connector_name'] ?? '',
    at: Number(timestamp),
    tables: data['data_collections']?.split(',') ?? [],
    ...(table !== undefined && {
      scan: { table, status: data['status'] ?? '', rows: Number(data['total_rows_scanned']) },
    }),
  };
}
