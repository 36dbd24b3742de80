import { reconnect } from '../databases/postgres/connection.ts';
import { countRows } from '../databases/postgres/chunks.ts';
import { countParquetRows } from '../files/parquet.ts';
import { listDataFiles } from '../files/folder.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import { filesOf, filesTargetOf } from '../request/files-target.ts';
import type { Load } from '../services.ts';
import { targetTableOf } from '../survey/loaded-tables.ts';
import { countReplayed } from './replay-counter.ts';
import type { Piece } from './counting.ts';
import { countTopic } from './topic-counter.ts';

/** Whatever holds the rows, as far as it can count them. */
export interface TargetCounter {
  /** @throws LoadFailedError, TransientError, the database's own error */
  count(piece: Piece): Promise<number>;
  end(): Promise<void>;
}

/** Only the ends of files are read. */
const FILES_AT_ONCE = 8;

/** @throws TransientError, LoadFailedError */
export async function openTarget(load: Load, applicationName: string): Promise<TargetCounter> {
  const files = filesTargetOf(load.request);
  if (files) return { count: ({ table }) => countFiles(filesOf(files, table.target)), end: () => Promise.resolve() };
  if (load.plan.liveTopics) {
    return { count: ({ table }) => countReplayed(load, table.source), end: () => Promise.resolve() };
  }
  const database = databaseTargetOf(load.request);
  if (!database) return { count: ({ table }) => countTopic(load, table.source), end: () => Promise.resolve() };
  const field = 'target.connection';
  const address = await load.services.resolveConnection(database.connection, field, database.engine);
  const client = await reconnect(address, { applicationName, field });
  return {
    count: ({ table, bounds }) => countRows(client, targetTableOf(load, table), bounds),
    end: () => client.end(),
  };
}

async function countFiles(folder: string): Promise<number> {
  const files = await listDataFiles(folder);
  let rows = 0;
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    const counts = await Promise.all(files.slice(from, from + FILES_AT_ONCE).map(countParquetRows));
    rows += counts.reduce((sum, count) => sum + count, 0);
  }
  return rows;
}
