import { LoadFailedError } from '../../../errors.ts';
import { listDataFiles, type FileEntry } from '../../../files/folder.ts';
import type { QualifiedName, TablePlan } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { addressOf } from '../addresses.ts';
import { reportDocument, stagedDocument } from '../documents.ts';
import { rowsFolder } from '../job/rows.ts';
import type { JobReport } from '../job/job-document.ts';
import { findStart } from '../run/starts.ts';

/** What a job has left of a table, which goes to its topic. */
export interface StagedTable {
  table: QualifiedName;
  /** As the job's report has them. */
  rowsRead: number;
  rowsWritten: number;
  /** In the order in which they are fed; none is empty. */
  files: FileEntry[];
}

/**
 * Written down before the first row is fed: from then on the topics hold rows of these files, and whatever goes on feeding,
 * also a next attempt, goes on with them.
 * @throws LoadFailedError, TransientError
 */
export async function stagedRows(load: Load): Promise<StagedTable[]> {
  const known = await load.documents.read(stagedDocument);
  if (known) return known;
  const start = await findStart(load);
  const report = start && (await load.documents.read(reportDocument(start.id)));
  if (!start || report?.state !== 'succeeded') {
    throw new LoadFailedError("The job's report does not say that the rows for the topics are written.");
  }
  const staged: StagedTable[] = [];
  for (const [index, table] of load.plan.tables.entries()) {
    const files = await listDataFiles(addressOf(load, rowsFolder(start.id, index + 1)));
    staged.push({ ...reportOf(report, table), files: files.filter(({ size }) => size > 0) });
  }
  return (await load.documents.create(stagedDocument, staged)) ? staged : load.documents.need(stagedDocument);
}

function reportOf({ tables }: JobReport, { source }: TablePlan): Omit<StagedTable, 'files'> {
  const reported = tables.find(({ table }) => table === source);
  if (reported?.state !== 'done') {
    throw new LoadFailedError(`The job's report does not say that the rows of ${source} are written.`);
  }
  const { rowsRead, rowsWritten } = reported;
  return { table: source, rowsRead, rowsWritten };
}
