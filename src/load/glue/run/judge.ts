import type { QualifiedName } from '../../../model.ts';
import { adviceFor } from '../advice.ts';
import type { JobReport } from '../job/job-document.ts';
import { explain } from './explain.ts';
import type { Run } from './runs.ts';
import { RUN_STATES } from './words.ts';

export type Verdict =
  /** It will be something else without us. */
  | { is: 'changing' }
  | { is: 'running' }
  | { is: 'succeeded' }
  /** `why` has the job's and Glue's own words, and what to do. */
  | { is: 'failed'; why: string };

/** What the run was started for. */
interface Asked {
  start: string;
  tables: QualifiedName[];
}

/**
 * What to make of a run that Glue describes so, and of what the job itself reported of this start. Success is only this:
 * the run SUCCEEDED, and the report says of every table of the plan that it is done. Whatever is unknown fails.
 */
export function judge(run: Run, report: JobReport | undefined, asked: Asked): Verdict {
  const fail = (wrong: string): Verdict => ({ is: 'failed', why: explain(run, report, wrong) });
  switch (RUN_STATES.get(run.state)) {
    case undefined:
      return fail(`This version does not know the state "${run.state}". ${adviceFor('unknown state')}`);
    case 'beginning':
    case 'ending':
      return { is: 'changing' };
    case 'running':
      return { is: 'running' };
    case 'failed':
      return fail(adviceFor(`run ${run.state}`));
    case 'succeeded': {
      const doubt = findDoubt(report, asked);
      return doubt === undefined ? { is: 'succeeded' } : fail(`${doubt}. ${adviceFor('report missing')}`);
    }
  }
}

/** Why a run that Glue calls a success is none. */
function findDoubt(report: JobReport | undefined, { start, tables }: Asked): string | undefined {
  if (!report || report.start !== start) return 'The job left no report of this start';
  if (report.state !== 'succeeded') return `The job's own report says "${report.state}"`;
  const open = tables.filter((name) => report.tables.find(({ table }) => table === name)?.state !== 'done');
  return open.length === 0 ? undefined : `The job's own report does not say that it is done with ${open.join(', ')}`;
}
