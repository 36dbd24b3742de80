import { randomUUID } from 'node:crypto';
import type { Handler } from '../functions/lambda.ts';
import { provideServices } from '../functions/services.ts';
import { RequestError } from '../src/errors.ts';
import type { Accepted } from '../src/load/accept-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import type { Failure, LoadResult } from '../src/model.ts';
import { failureOfCaught, failureOfError } from '../src/report/failure.ts';
import type { CaughtError } from '../src/report/failure.ts';
import { defaultLoadId, executionName, parseLoadId } from '../src/request/load-id.ts';
import { parseRequest } from '../src/request/parse.ts';
import type { Services } from '../src/services.ts';
import { LoadDocuments, resultDocument, stateDocument } from '../src/store/documents.ts';
import { failureOfStatus, tornDownByHand } from '../src/tear-down/executions.ts';
import { handlers } from './handlers.ts';
import { runMachine } from './run-machine.ts';
import type { MachineEnd, MachineEvent } from './run-machine.ts';

export interface LocalRun {
  services: Services;
  /** Aborts the load: tear-down runs, and its end is waited for. */
  signal?: AbortSignal;
  onEvent?: (event: MachineEvent) => void;
  /** As in MachineRun; the services' clock runs as fast. */
  pace?: number;
}

/** How a load ended, as far as that is known. */
export type End =
  | { known: 'result'; result: LoadResult }
  /** The attempt ended before it made anything. */
  | { known: 'failure'; failure: Failure }
  /** `why` is one sentence. */
  | { known: 'nothing'; why: string };

/** `transitions`: states entered, as Step Functions would bill them. */
export type LoadEnd = End & { transitions: number };

/**
 * Runs a load on this machine, with the definitions and handlers that are deployed. A load that was killed goes on from
 * its checkpoints when it is run again with the same request, or the same loadId.
 */
export async function runLoad(load: LocalRun & { request: unknown; loadId?: string }): Promise<LoadEnd> {
  let loadId: string;
  try {
    loadId = load.loadId === undefined ? defaultLoadId(parseRequest(load.request)) : parseLoadId(load.loadId);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { known: 'failure', failure: failureOfError(error), transitions: 0 };
  }
  const documents = new LoadDocuments(load.services.store, loadId);
  const interrupted = await endInterruptedTearDown(load, documents);
  if (interrupted?.known === 'result') {
    const { status, tearDown } = interrupted.result;
    if (status === 'SUCCEEDED' || tearDown === 'incomplete') return interrupted;
  }

  const next = (await lastAttempt(documents)) + 1;
  let accepting: Promise<Accepted> | undefined;
  const accept: Handler = (...given) => (accepting = handlers['accept']!(...given) as Promise<Accepted>);
  // Two processes that begin one load at once are two executions, and Accept makes two attempts of them.
  const name = `${executionName(loadId, next)}-${randomUUID().slice(0, 8)}`;
  const tearDowns = new TearDowns(load);
  const { signal, onEvent } = load;
  const main = await runMachine(
    'initial-load',
    { loadId, attempt: next, request: load.request },
    {
      ...machineRun(load, name),
      handlers: { ...handlers, accept },
      startNested: (_machine, execution, input) => tearDowns.start(execution, input),
      signal,
      onEvent,
    },
  );
  const caught = caughtOf(main, signal?.reason);
  // An abort doesn't end the acceptance that it falls into.
  const attempt = (await accepting?.catch(() => undefined))?.attempt;
  if (attempt !== undefined && caught !== undefined)
    await tearDownUnended({ loadId, attempt }, caught, documents, tearDowns);
  await main.invocationsEnded;

  const transitions = main.transitions + tearDowns.transitions + (interrupted?.transitions ?? 0);
  return { ...(attempt === undefined ? refused(caught) : await endOf(documents, attempt, caught)), transitions };
}

function refused(caught: CaughtError | undefined): End {
  if (caught === undefined) return { known: 'nothing', why: 'It left no result.' };
  return { known: 'failure', failure: failureOfCaught(caught) };
}

async function endOf(documents: LoadDocuments, attempt: number, caught: CaughtError | undefined): Promise<End> {
  const result = await readResult(documents, attempt);
  if (result !== undefined) return { known: 'result', result };
  const failure = caught && failureOfCaught(caught);
  const isLeft = (await documents.read(stateDocument))?.attempt === attempt;
  if (failure === undefined || isLeft) return { known: 'nothing', why: failure?.cause ?? 'It left no result.' };
  return { known: 'failure', failure };
}

/** Tears down a load that was left behind, or whose rows are kept. Of one that has ended, it answers how. */
export async function tearDownLoad(load: LocalRun & { loadId: string }): Promise<LoadEnd> {
  const { loadId } = load;
  const documents = new LoadDocuments(load.services.store, loadId);
  const attempt = { loadId, attempt: await lastAttempt(documents) };
  return tearDownAttempt(load, attempt, documents, { failure: tornDownByHand, discard: true });
}

/** A process that was killed while it tore down: that is ended first, so that the next attempt begins on firm ground. */
async function endInterruptedTearDown(load: LocalRun, documents: LoadDocuments): Promise<LoadEnd | undefined> {
  const state = await documents.read(stateDocument);
  return state?.status === 'closed' ? tearDownAttempt(load, state, documents, {}) : undefined;
}

async function tearDownAttempt(
  load: LocalRun,
  { loadId, attempt }: LoadReference,
  documents: LoadDocuments,
  said: { failure?: CaughtError; discard?: boolean },
): Promise<LoadEnd> {
  const tearDowns = new TearDowns(load);
  await tearDowns.start(executionName(loadId, attempt), { loadId, attempt, ...said });
  return { ...(await endOf(documents, attempt, undefined)), transitions: tearDowns.transitions };
}

/** On AWS a rule on the execution's status does this: an execution that was aborted or broke off runs no Catch. */
async function tearDownUnended(
  { loadId, attempt }: LoadReference,
  failure: CaughtError,
  documents: LoadDocuments,
  tearDowns: TearDowns,
): Promise<void> {
  const state = await documents.read(stateDocument);
  const unended = state?.attempt === attempt && (state.status === 'open' || state.status === 'closed');
  if (unended) await tearDowns.start(executionName(loadId, attempt), { loadId, attempt, failure });
}

function caughtOf(main: MachineEnd, reason: unknown): CaughtError | undefined {
  if (main.status === 'SUCCEEDED') return undefined;
  if (main.status === 'FAILED') return { Error: main.error, Cause: main.cause };
  const failure = failureOfStatus(main.status);
  return main.status === 'ABORTED' && reason instanceof Error ? { ...failure, Cause: reason.message } : failure;
}

async function lastAttempt(documents: LoadDocuments): Promise<number> {
  const state = await documents.read(stateDocument);
  return state?.attempt ?? (await documents.read(resultDocument))?.attempt ?? 0;
}

/** The result of this attempt; the one of an earlier attempt stays until then. */
async function readResult(documents: LoadDocuments, attempt: number): Promise<LoadResult | undefined> {
  const result = await documents.read(resultDocument);
  return result?.attempt === attempt ? result : undefined;
}

/** Executions of the tear-down machine: as on AWS, starting one that runs under the same name finds that one. */
class TearDowns {
  readonly #load: LocalRun;
  readonly #started = new Map<string, Promise<MachineEnd>>();
  transitions = 0;

  constructor(load: LocalRun) {
    this.#load = load;
  }

  start(execution: string, input: unknown): Promise<MachineEnd> {
    const running = this.#started.get(execution) ?? this.#run(execution, input);
    this.#started.set(execution, running);
    return running;
  }

  async #run(execution: string, input: unknown): Promise<MachineEnd> {
    const run = { ...machineRun(this.#load, execution), onEvent: this.#load.onEvent };
    const end = await runMachine('tear-down', input, run);
    this.transitions += end.transitions;
    return end;
  }
}

function machineRun({ services, pace }: LocalRun, execution: string) {
  provideServices(services);
  return { execution, handlers, invocationSeconds: services.invocationSeconds, pace };
}
