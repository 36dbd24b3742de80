import { addChecksums } from '../kafka/record-checksum.ts';
import type { TableCounts } from '../model.ts';

/**
 * What the target must hold of the load: less what the conflict rule took out, plus what it read again, and what a live topic
 * had told of before it could be replayed.
 */
export function rowsCopied({ rowsWritten, rowsRemoved, rowsReread, rowsTold = 0 }: TableCounts): number {
  return rowsWritten - rowsRemoved + rowsReread + rowsTold;
}

/** One entry for each table: the counts of its key ranges, or of the shards that share it, added up. */
export function addUp(counts: TableCounts[]): Map<string, TableCounts> {
  const sums = new Map<string, TableCounts>();
  for (const part of counts) {
    const sum = sums.get(part.table);
    const checksum = [part.checksum, sum?.checksum].filter((each) => each !== undefined);
    sums.set(part.table, {
      table: part.table,
      rowsRead: part.rowsRead + (sum?.rowsRead ?? 0),
      rowsWritten: part.rowsWritten + (sum?.rowsWritten ?? 0),
      rowsRemoved: part.rowsRemoved + (sum?.rowsRemoved ?? 0),
      rowsReread: part.rowsReread + (sum?.rowsReread ?? 0),
      ...((part.rowsTold || sum?.rowsTold) && { rowsTold: (part.rowsTold ?? 0) + (sum?.rowsTold ?? 0) }),
      ...(checksum.length > 0 && { checksum: checksum.reduce(addChecksums) }),
    });
  }
  return sums;
}
