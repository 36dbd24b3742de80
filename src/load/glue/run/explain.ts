import type { JobReport } from '../job/job-document.ts';
import type { Run } from './runs.ts';

/** A message has room for so many tables. */
const MOST_NAMED = 10;

/** How a run ended: what the job says of its tables and of itself, what Glue says, where the log is, and what to do. */
export function explain(run: Run, report: JobReport | undefined, wrong: string): string {
  const failed = (report?.tables ?? []).flatMap(({ table, failure }) => (failure ? [`${table}: ${failure}`] : []));
  const others = failed.length > MOST_NAMED ? [`and ${failed.length - MOST_NAMED} more tables`] : [];
  const said = [...failed.slice(0, MOST_NAMED), ...others, ...(report?.failure ? [report.failure] : [])];
  return [
    ...said,
    ['Glue', `${run.id} is ${run.state}`, ...run.said].join(': '),
    `Its log is in CloudWatch, in ${run.logGroup}/error and ${run.logGroup}/output, in streams that begin with ${run.id}`,
    wrong,
  ]
    .map((sentence) => sentence.trim().replace(/[.;]?$/, '.'))
    .join(' ');
}
