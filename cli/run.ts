import { LoadDocuments } from '../src/store/documents.ts';
import { defaultLoadId, parseLoadId } from '../src/request/load-id.ts';
import { RequestError } from '../src/errors.ts';
import { answerEnd } from './answer-end.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { follow } from './follow.ts';
import { listenForInterrupt } from './interrupt.ts';
import { runHere } from './run-here.ts';
import { openPlace, type Place, type PlaceOptions } from './place.ts';
import { readRequest } from './read-request.ts';
import { startOrAttach, type Deployment } from './remote.ts';
import { readStanding } from './standing.ts';
import { answer, say, type Terminal } from './terminal.ts';

export interface RunOptions extends PlaceOptions {
  loadId?: string;
  detach?: boolean;
}

/** The same request has the same loadId unless one is given, so that running it again goes on with it. */
export async function run(file: string, options: RunOptions, terminal: Terminal): Promise<ExitStatus> {
  if (options.local && options.detach) {
    const wrong = 'a load on this machine ends with this command';
    throw new RequestError({ field: '--detach', wrong, advice: 'Leave one of --local and --detach out' });
  }
  const request = await readRequest(file, terminal);
  const loadId = options.loadId === undefined ? defaultLoadId(request.understood) : parseLoadId(options.loadId);
  const place = await openPlace(options);
  const load = { loadId, request: request.written };
  return place.deployment === undefined
    ? runHere(load, place.store, options.json, terminal)
    : runThere(load, place, options, terminal);
}

async function runThere(
  load: { loadId: string; request: unknown },
  { store, deployment }: Place & { deployment: Deployment },
  options: RunOptions,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { loadId } = load;
  const documents = new LoadDocuments(store, loadId);
  const { state, result } = await readStanding(documents);
  const firstAttempt = state?.attempt ?? (result?.attempt ?? 0) + 1;
  const { executionArn, attempt, started } = await startOrAttach(deployment, { ...load, firstAttempt });
  say(terminal, `${started ? 'Started' : 'Following'} ${loadId}, attempt ${attempt}: ${executionArn}`);
  if (options.detach) {
    answer(terminal, options.json, { loadId, attempt, executionArn, started }, () => [loadId]);
    return EXIT_STATUS.succeeded;
  }
  const leave = () =>
    say(
      terminal,
      `The load goes on. Follow it with: initial-load watch ${loadId}. End it with: initial-load tear-down ${loadId}`,
    );
  const interrupt = listenForInterrupt({ first: leave, second: () => process.exit(EXIT_STATUS.unknown) }, terminal.now);
  try {
    const followed = { documents, attempt, executionArn, signal: interrupt.signal, pollMilliseconds: 2_000 };
    return answerEnd(terminal, options.json, loadId, await follow(followed, terminal));
  } finally {
    interrupt.release();
  }
}
