import type { JobRun } from '@aws-sdk/client-glue';
import type { Load } from '../../../services.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import { addressOf } from '../addresses.ts';
import { callGlue } from '../calls.ts';
import { jobDocument } from '../documents.ts';
import { nameOf } from '../names.ts';
import { timeoutMinutes } from '../weigh/sizing.ts';
import type { Start } from './starts.ts';
import { isOver } from './words.ts';

/** The arguments by which the script finds what it is told, and a run is found again whose id was never heard. */
const DOCUMENT_ARGUMENT = '--job_document';
const START_ARGUMENT = '--start';

/** What Glue says of one run of the load's job. */
export interface Run {
  id: string;
  state: string;
  /** The id of the start that it was asked for. */
  start?: string;
  /** Glue's own words. */
  said: string[];
  logGroup: string;
}

/** BatchStopJobRun, JobRunIds. */
const MOST_STOPPED_AT_ONCE = 25;
/** Glue's own, where a run names none. */
const USUAL_LOG_GROUP = '/aws-glue/jobs';

/** @returns undefined when Glue knows no such run */
export function lookAtRun(load: Load, id: string): Promise<Run | undefined> {
  return callGlue<Run | undefined>(
    'GetJobRun',
    async ({ client, sdk }) => {
      const command = new sdk.GetJobRunCommand({ JobName: nameOf(load, 'job'), RunId: id });
      return runOf((await client.send(command)).JobRun ?? {});
    },
    { EntityNotFoundException: undefined },
  );
}

/** All of the job's, the newest first. @returns undefined when there is no such job */
export function listRuns(load: OwnedLoad): Promise<Run[] | undefined> {
  return callGlue<Run[] | undefined>(
    'GetJobRuns',
    async ({ client, sdk }) => {
      const runs: Run[] = [];
      for await (const page of sdk.paginateGetJobRuns({ client }, { JobName: nameOf(load, 'job') })) {
        runs.push(...(page.JobRuns ?? []).map(runOf));
      }
      return runs;
    },
    { EntityNotFoundException: undefined },
  );
}

/** What of the answer to a start is known: a run, or why Glue takes none now. */
export type Asked = { runId: string } | { refused: string };

/** Glue says for certain that nothing was started. */
const REFUSED = new Set(['ConcurrentRunsExceededException', 'ResourceNumberLimitExceededException']);

/** @throws TransientError when it isn't known whether a run was started, LoadFailedError */
export function startRun(load: Load, start: Start): Promise<Asked> {
  return callGlue<Asked>('StartJobRun', async ({ client, sdk }) => {
    const command = new sdk.StartJobRunCommand({
      JobName: nameOf(load, 'job'),
      Arguments: {
        [DOCUMENT_ARGUMENT]: addressOf(load, jobDocument(start.id).path),
        [START_ARGUMENT]: start.id,
      },
      Timeout: timeoutMinutes(load.request, { now: load.services.now(), deadlineAt: load.deadlineAt }),
    });
    try {
      return { runId: (await client.send(command)).JobRunId ?? '' };
    } catch (error) {
      const { name, message } = error as Error;
      if (REFUSED.has(name)) return { refused: `${name}: ${message}` };
      throw error;
    }
  });
}

/** Asks Glue to stop those that aren't over. @returns why it refuses some, which may be over by now */
export async function stopRuns(load: OwnedLoad, runs: Run[]): Promise<string[]> {
  const ids = runs.filter(({ state }) => !isOver(state) && state !== 'STOPPING').map(({ id }) => id);
  const refused: string[] = [];
  for (let first = 0; first < ids.length; first += MOST_STOPPED_AT_ONCE) {
    const JobRunIds = ids.slice(first, first + MOST_STOPPED_AT_ONCE);
    const errors = await callGlue('BatchStopJobRun', async ({ client, sdk }) => {
      const command = new sdk.BatchStopJobRunCommand({ JobName: nameOf(load, 'job'), JobRunIds });
      return (await client.send(command)).Errors ?? [];
    });
    refused.push(
      ...errors.map(({ JobRunId, ErrorDetail }) => {
        return `BatchStopJobRun: ${JobRunId}: ${ErrorDetail?.ErrorCode}: ${ErrorDetail?.ErrorMessage}`;
      }),
    );
  }
  return refused;
}

function runOf(described: JobRun): Run {
  const { Id: id = '', JobRunState: state = '', Arguments = {}, ErrorMessage, StateDetail, LogGroupName } = described;
  const start = Arguments[START_ARGUMENT];
  return {
    id,
    state,
    ...(start !== undefined && { start }),
    said: [ErrorMessage, StateDetail].filter((text): text is string => text !== undefined && text !== ''),
    logGroup: (LogGroupName || USUAL_LOG_GROUP).replace(/\/+$/, ''),
  };
}
