import type { LoadResult } from '../src/model.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { tearDownThere } from './tear-down-there.ts';
import { describeTearDown } from './result-text.ts';
import { findStanding, type Standing } from './standing.ts';
import { answer, say, type Terminal } from './terminal.ts';

/**
 * Ends a load that was left behind, or discards what a failed one kept. Torn down is success, whatever the load was.
 * Tearing down what is torn down already changes nothing.
 */
export async function tearDown(loadId: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { store, deployment } = await openPlace(options);
  const standing = await findStanding(store, loadId);
  const result = isTornDown(standing)
    ? standing.result
    : deployment === undefined
      ? await tearDownHere(loadId, store, terminal)
      : await tearDownThere(standing, deployment, terminal);
  if (result === undefined) {
    say(
      terminal,
      `initial-load: how the tear-down of ${loadId} ended is not known. Look with: initial-load status ${loadId}`,
    );
    return EXIT_STATUS.unknown;
  }
  answer(terminal, options.json, result, () => [`${loadId}, attempt ${result.attempt}`, ...describeTearDown(result)]);
  return result.tearDown === 'complete' ? EXIT_STATUS.succeeded : EXIT_STATUS.unknown;
}

function isTornDown({ state, result }: Standing): boolean {
  return result?.tearDown === 'complete' && (state === undefined || state.status === 'finished');
}

async function tearDownHere(loadId: string, store: LoadStore, terminal: Terminal): Promise<LoadResult | undefined> {
  const { localServices } = await import('../local/local-services.ts');
  const { tearDownLoad } = await import('../local/run-load.ts');
  const services = localServices({ store, now: terminal.now, print: (line) => say(terminal, line) });
  return (await tearDownLoad({ loadId, services }))?.result;
}
