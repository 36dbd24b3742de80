import { documentName } from '../../store/documents.ts';
import type { StagedTable } from './feed/staged-rows.ts';
import type { JobDocument, JobReport } from './job/job-document.ts';
import type { Kind } from './names.ts';

/** What provisioning made, by its ARN, and the names of the script's files. */
export interface Made {
  arns: Partial<Record<Kind, string>>;
  scripts?: string[];
}

export const madeDocument = documentName<Made>('glue/made.json');
/** What the job of one start is told, and what it tells: by these names the job's role is scoped. */
export const jobDocument = (start: string) => documentName<JobDocument>(`glue/job-${start}.json`);
export const reportDocument = (start: string) => documentName<JobReport>(`glue/report-${start}.json`);
/** What goes to topics; once it is written, nothing else does. */
export const stagedDocument = documentName<StagedTable[]>('glue/staged.json');
