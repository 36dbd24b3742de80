import type { Counting, SourceChanges, TableCounts, TableVerification } from '../model.ts';
import { rowsCopied } from './table-counts.ts';

/** Everything that was counted of one table. */
export interface Counted {
  source: string;
  target: string;
  copied: TableCounts;
  /** Present when the request's transformation decides how many rows there are. */
  counting?: Counting;
  /** Those that the transformation leaves, where the source can tell. */
  sourceRows: number;
  targetRows: number;
  /** With upsert the target may hold rows that the source doesn't. */
  upsert: boolean;
  /** The target keeps less than was written to it, so that its rows were counted before. */
  compacted?: boolean;
  /** Of the records that were read back, where those that were fed have a checksum. */
  checksum?: string;
  /** Only looked up when the source's count differs from the rows copied; sourceRows is then of the same moment. */
  changes?: SourceChanges;
}

/**
 * Judges the counts of one table. The target must hold exactly what was read and written; the source's count is of the
 * moment of verification, so a difference there is judged by the evidence of change: every row that nobody wrote since
 * the load began must have been copied; and a row that was copied and isn't there unchanged was inserted, updated or deleted
 * since, so there can't be more of those than writes. A transformation may write fewer rows than it reads, or more: then
 * the source's count is of the rows that it leaves, or else stands beside the rows that the job has read.
 */
export function compareCounts(counted: Counted): TableVerification {
  const { copied, counting, sourceRows, targetRows } = counted;
  const mismatches: string[] = [];
  const { rowsRead, rowsWritten, rowsTold = 0 } = copied;
  if (!counting && rowsRead !== rowsWritten + rowsTold) {
    mismatches.push(`${rowsRead} rows were read but ${rowsWritten} written`);
  }
  const expected = rowsCopied(copied);
  if (counted.upsert ? targetRows < expected : targetRows !== expected) {
    mismatches.push(`the target holds ${targetRows} rows where ${expected} were expected`);
  }
  if (copied.checksum !== counted.checksum) {
    const [found, fed] = [counted.checksum ?? 'none', copied.checksum ?? 'none'];
    mismatches.push(`keys or values differ from those that were fed (checksum ${found} instead of ${fed})`);
  }
  const moved = isSourceAsCopied(counted) ? undefined : judgeMove(counted);
  if (moved && !moved.explained) mismatches.push(moved.text);
  const notes = [
    ...(moved?.explained ? [moved.text] : []),
    ...(counting?.by === 'job' ? [explainOwn(counting)] : []),
    ...(counted.compacted ? ['the topic was compacted since: its rows were counted before they were committed'] : []),
    ...(rowsTold > 0 ? [`of ${rowsTold} rows the live topic had told before they could be replayed`] : []),
  ];
  return {
    source: counted.source,
    target: counted.target,
    rowsRead: copied.rowsRead,
    rowsWritten: copied.rowsWritten,
    sourceRows,
    targetRows,
    verified: mismatches.length === 0,
    mismatches,
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

/** Whether the source holds as many rows as what was copied tells; where nothing tells, it does. */
export function isSourceAsCopied(counted: Counted): boolean {
  const { counting, sourceRows } = counted;
  return (counting?.by === 'job' && !counting.readsExactly) || sourceRows === rowsOfSource(counted);
}

/** How many rows of the source stand for those that were copied. */
function rowsOfSource({ copied, counting }: Counted): number {
  return counting?.by === 'job' ? copied.rowsRead : rowsCopied(copied);
}

/** What the verification of such a table rests on. */
function explainOwn({ why, readsExactly }: Extract<Counting, { by: 'job' }>): string {
  const own = `how many rows the transformation leaves is the job's own count (${why})`;
  return readsExactly
    ? `${own}, and the source was compared with the rows that it read`
    : `${own}, and the source was not compared with the rows that it read, since Spark may read some again`;
}

function judgeMove(counted: Counted): { explained: boolean; text: string } {
  const { sourceRows, counting, changes } = counted;
  const rows = rowsOfSource(counted);
  const those = counting?.by === 'source' ? 'rows now that the transformation leaves' : 'rows now';
  const differs = `the source holds ${sourceRows} ${those}, ${rows} were ${counting?.by === 'job' ? 'read' : 'copied'}`;
  if (!changes) {
    return {
      explained: false,
      text: `${differs}, and nothing is known of changes since: load while nobody writes to it`,
    };
  }
  const unchanged = sourceRows - changes.writtenSince;
  const gone = rows - unchanged;
  if (gone < 0) {
    return { explained: false, text: `${differs}, but ${unchanged} of them have not changed since the load began` };
  }
  const evidence = `${changes.writtenSince} of them written since the load began`;
  if (gone === 0) return { explained: true, text: `the source moved: ${differs}; ${evidence}` };
  const changed = `${gone} rows that were copied are new, changed or gone since the load began`;
  if (changes.writesSince === undefined) {
    return { explained: false, text: `${differs}; ${changed}, and this server keeps no count of that` };
  }
  if (changes.writesSince < gone) {
    return {
      explained: false,
      text: `${differs}; ${changed}, but only ${changes.writesSince} inserts, updates and deletes are known`,
    };
  }
  return {
    explained: true,
    text: `the source moved: ${differs}; ${evidence}, ${changes.writesSince} inserts, updates and deletes since`,
  };
}
