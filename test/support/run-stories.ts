import type { S3Fault } from '../../local/aws/s3.ts';
import type { RunScript } from '../../local/aws/glue/run-script.ts';
import type { JobReport } from '../../src/load/glue/job/job-document.ts';

/** A load of its own, what its run comes to, and how the load ends. */
export interface RunStory {
  what: string;
  run?: RunScript;
  misreport?: (report: JobReport) => JobReport | undefined;
  /** What the failure says; absent: it succeeds. */
  says?: RegExp;
}

const BROKE = 'Py4JJavaError: executor 7 exited';
const ENDS = ['FAILED', 'ERROR', 'TIMEOUT', 'STOPPED', 'EXPIRED'].flatMap((state): RunStory[] => {
  const ends = { state, message: BROKE };
  const says = new RegExp(`is ${state}: ${BROKE}`);
  return [
    { what: `ends ${state} before it does anything`, run: { ends }, says },
    { what: `ends ${state} before anybody asks`, run: { ends, atOnce: true }, says },
    { what: `ends ${state} when all is published`, run: { ends, afterWork: true }, says },
  ];
});

/** A report that says something else at the end, and what it is until then. */
const atEnd =
  (change: (report: JobReport) => JobReport | undefined) =>
  (report: JobReport): JobReport | undefined =>
    report.state === 'succeeded' ? change(report) : report;

export const RUN_STORIES: RunStory[] = [
  ...ENDS,
  ...['STARTING', 'WAITING', 'RUNNING', 'STOPPING'].map((shows): RunStory => {
    return { what: `is ${shows} for a while`, run: { shows, showsForSeconds: 600 } };
  }),
  {
    what: 'is in a state that nobody knows',
    run: { shows: 'HIBERNATING', showsForSeconds: 300 },
    says: /state "HIBERNATING"/,
  },
  { what: 'ends before anybody asks', run: { atOnce: true } },
  {
    what: 'is a success of which there is no report',
    run: { ends: { state: 'SUCCEEDED' } },
    says: /The job left no report of this start/,
  },
  { what: 'loads all and reports nothing', misreport: () => undefined, says: /The job left no report of this start/ },
  {
    what: 'is a success whose report says failed',
    misreport: atEnd((report) => ({ ...report, state: 'failed', failure: 'The disk is full' })),
    says: /The disk is full.*The job's own report says "failed"/,
  },
  {
    what: 'is a success whose report is of another start',
    misreport: (report) => ({ ...report, start: 'another' }),
    says: /The job left no report of this start/,
  },
  {
    what: 'is a success whose report leaves a table out',
    misreport: atEnd((report) => ({ ...report, tables: report.tables.slice(1) })),
    says: /does not say that it is done with hr\.departments/,
  },
  {
    what: 'never ends, and is stopped by Glue when its time is over',
    run: { neverEnds: true },
    says: /is TIMEOUT/,
  },
];

export interface ObjectStory {
  loadId: string;
  what: string;
  fault: S3Fault;
  times: number;
  isDenial: boolean;
}

const LONGER_THAN_A_CLIENT_TRIES = 6;
const SLOW_DOWN = { status: 503, code: 'SlowDown' };
const OBJECTS: [what: string, method: S3Fault['method'], url: string][] = [
  ['writes the script', 'PUT', '/glue/script/initial_load.py'],
  ['writes what the job is told', 'PUT', '/glue/job-'],
  ['reads what the job reports', 'GET', '/glue/report-'],
  ['lists the scripts', 'GET', encodeURIComponent('/glue/script/')],
  ['removes the script', 'DELETE', '/glue/script/initial_load.py'],
];
const FAULTS: [what: string, fault: Pick<S3Fault, 'error' | 'loseAnswer'>, times: number][] = [
  ['throttled', { error: SLOW_DOWN }, 1],
  ['lost', { loseAnswer: true }, 1],
  ['throttled for long', { error: SLOW_DOWN }, LONGER_THAN_A_CLIENT_TRIES],
  ['denied', { error: { status: 403, code: 'AccessDenied' } }, 1],
];

/** What happens to the objects that a load and its job share. */
export function tellOfObjects(mode: string): ObjectStory[] {
  return OBJECTS.flatMap(([doing, method, url], place) =>
    FAULTS.map(([what, fault, times], index): ObjectStory => {
      const loadId = `${mode}-object-${place}-${index}`;
      const folder = `/loads/${loadId}`;
      const named = url.startsWith('%') ? encodeURIComponent(folder) + url : folder + url;
      return {
        loadId,
        what: `${doing}: ${what}`,
        fault: { method, url: named, ...fault },
        times,
        isDenial: what === 'denied',
      };
    }),
  );
}
