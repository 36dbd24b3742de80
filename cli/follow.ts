import { setTimeout as sleep } from 'node:timers/promises';
import type { End } from '../local/run-load.ts';
import { failureOf } from '../src/report/failure.ts';
import { waitingForDocument, type LoadDocuments, type LoadState } from '../src/store/documents.ts';
import { showProgress, type Progress } from './progress.ts';
import { describe } from './remote.ts';
import { readStanding } from './standing.ts';
import { say, type Terminal } from './terminal.ts';

export interface Followed {
  documents: LoadDocuments;
  /** The attempt that is waited for. */
  attempt: number;
  /** Absent for a load that runs on this machine. */
  executionArn?: string;
  signal: AbortSignal;
  pollMilliseconds: number;
}

/** Tear-down after an execution that was aborted or timed out is started by a rule, and this long it is waited for. */
const TEAR_DOWN_PATIENCE_MILLISECONDS = 10 * 60_000;
/** A load on this machine says no more once its process was killed: this long after its deadline it is given up. */
const PATIENCE_AFTER_DEADLINE_MILLISECONDS = 10 * 60_000;

/** Shows an attempt's progress until it ended, or until the signal: following is all that ends then. */
export async function follow(followed: Followed, terminal: Terminal): Promise<End> {
  const { documents, attempt, signal, pollMilliseconds } = followed;
  const shown = new Shown(followed, terminal);
  let execution: ExecutionWatch | undefined;
  if (followed.executionArn !== undefined) execution = new ExecutionWatch(followed.executionArn, terminal);
  try {
    for (;;) {
      const ended = await execution?.look();
      const { state, result } = await readStanding(documents);
      if (result !== undefined && result.attempt >= attempt) return { known: 'result', result };
      if (ended !== undefined) return ended;
      if (state !== undefined && state.attempt >= attempt) {
        await shown.look();
        if (execution === undefined && isGivenUp(state, terminal.now())) {
          return {
            known: 'nothing',
            why: `Its deadline (${state.deadlineAt}) has passed and nothing was heard of it.`,
          };
        }
      }
      if (signal.aborted) return { known: 'nothing', why: 'Following it was interrupted; the load goes on.' };
      await sleep(pollMilliseconds, undefined, { signal }).catch(() => {});
    }
  } finally {
    await shown.stop();
  }
}

/** What a person sees of a load that runs: how far it is, and what it waits for. */
class Shown {
  readonly #followed: Followed;
  readonly #terminal: Terminal;
  #progress: Progress | undefined;
  #waitingFor: string | undefined;

  constructor(followed: Followed, terminal: Terminal) {
    this.#followed = followed;
    this.#terminal = terminal;
  }

  async look(): Promise<void> {
    const { documents, pollMilliseconds: everyMilliseconds } = this.#followed;
    const waitingFor = (await documents.read(waitingForDocument))?.what;
    if (waitingFor !== undefined && waitingFor !== this.#waitingFor) {
      await this.stop();
      say(this.#terminal, `  waiting for ${waitingFor}`);
    }
    this.#waitingFor = waitingFor;
    this.#progress ??= showProgress(documents, this.#terminal.stderr, { now: this.#terminal.now, everyMilliseconds });
  }

  async stop(): Promise<void> {
    await this.#progress?.stop();
    this.#progress = undefined;
  }
}

function isGivenUp({ deadlineAt }: LoadState, now: Date): boolean {
  return now.getTime() > Date.parse(deadlineAt) + PATIENCE_AFTER_DEADLINE_MILLISECONDS;
}

/** Looks after an execution: what it says once it has ended, when the load store has no result of it. */
class ExecutionWatch {
  readonly #arn: string;
  readonly #terminal: Terminal;
  #endedAt: number | undefined;

  constructor(arn: string, terminal: Terminal) {
    this.#arn = arn;
    this.#terminal = terminal;
  }

  async look(): Promise<End | undefined> {
    const execution = await describe(this.#arn);
    if (execution === undefined) return { known: 'nothing', why: 'Step Functions knows no such execution (any more).' };
    const { status = 'unknown', error, cause } = execution;
    if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return undefined;
    if (status === 'FAILED' && error !== undefined)
      return { known: 'failure', failure: failureOf(error, cause ?? error) };
    this.#endedAt ??= this.#terminal.now().getTime();
    if (this.#terminal.now().getTime() - this.#endedAt < TEAR_DOWN_PATIENCE_MILLISECONDS) return undefined;
    return { known: 'nothing', why: `The execution ended ${status} and left no result.` };
  }
}
