import { parseLoadId } from '../src/request/load-id.ts';
import { LoadDocuments } from '../src/store/documents.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { hasLocks } from '../src/store/locks.ts';
import { unknownLoad } from '../src/store/unknown-load.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { tearDownThere } from './tear-down-there.ts';
import { describeTearDown } from './result-text.ts';
import { readStanding, type Standing } from './standing.ts';
import { answer, say, type Terminal } from './terminal.ts';

/**
 * Ends a load that was left behind, or discards what a failed one kept. Torn down is success, whatever the load was.
 * Tearing down what is torn down already changes nothing.
 */
export async function tearDown(loadId: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { store, deployment } = await openPlace(options);
  const documents = new LoadDocuments(store, parseLoadId(loadId));
  const found = await readRemains(documents);
  if (found.state === undefined && found.result === undefined && !found.locked) throw unknownLoad(store, loadId);
  if (!isTornDown(found)) {
    if (deployment === undefined) await tearDownHere(loadId, store, terminal);
    else await tearDownThere(found, deployment, terminal);
  }
  return answerRemains(loadId, await readRemains(documents), options.json, terminal);
}

/** `locked`: an acceptance that broke off leaves locks and nothing else. */
type Remains = Standing & { locked: boolean };

async function readRemains(documents: LoadDocuments): Promise<Remains> {
  const standing = await readStanding(documents);
  return { ...standing, locked: await hasLocks(documents.store, documents.loadId) };
}

function isTornDown({ state, result, locked }: Remains): boolean {
  return result?.tearDown === 'complete' && (state === undefined || state.status === 'finished') && !locked;
}

function answerRemains(
  loadId: string,
  { state, result, locked }: Remains,
  json: boolean | undefined,
  terminal: Terminal,
): ExitStatus {
  if (result !== undefined && !(locked && result.tearDown === 'complete')) {
    answer(terminal, json, result, () => [`${loadId}, attempt ${result.attempt}`, ...describeTearDown(result)]);
    return result.tearDown === 'complete' ? EXIT_STATUS.succeeded : EXIT_STATUS.unknown;
  }
  if (state === undefined && !locked) {
    answer(terminal, json, { loadId, tearDown: 'complete', tornDown: [] }, () => [
      `${loadId}: it had made nothing, and nothing is left of it`,
    ]);
    return EXIT_STATUS.succeeded;
  }
  say(
    terminal,
    `initial-load: how the tear-down of ${loadId} ended is not known. Look with: initial-load status ${loadId}`,
  );
  return EXIT_STATUS.unknown;
}

async function tearDownHere(loadId: string, store: LoadStore, terminal: Terminal): Promise<void> {
  const { localServices } = await import('../local/local-services.ts');
  const { tearDownLoad } = await import('../local/run-load.ts');
  const services = localServices({ store, now: terminal.now, print: (line) => say(terminal, line) });
  await tearDownLoad({ loadId, services });
}
