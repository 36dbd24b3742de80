import type { LoadStore } from '../src/store/load-store.ts';
import { LoadDocuments } from '../src/store/documents.ts';
import type { Services } from '../src/services.ts';
import { answerEnd } from './answer-end.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import type { End } from '../local/run-load.ts';
import { listenForInterrupt } from './interrupt.ts';
import { Narrator } from './narrator.ts';
import { say, type Terminal } from './terminal.ts';

export interface LoadToRun {
  loadId: string;
  request: unknown;
  /** As LocalRun has it. */
  pace?: number;
}

/** Runs a load on this machine and answers how it ended. */
export async function runHere(
  load: LoadToRun,
  store: LoadStore,
  json: boolean | undefined,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { localServices } = await import('../local/local-services.ts');
  say(terminal, `${load.loadId}, kept in ${store.address}`);
  const services = localServices({ store, now: terminal.now, print: (line) => say(terminal, line) });
  return answerEnd(terminal, json, load.loadId, await followHere(load, services, terminal));
}

/** Runs a load on this machine while telling how it goes. An interrupt aborts it, and it is torn down. */
export async function followHere(load: LoadToRun, services: Services, terminal: Terminal): Promise<End> {
  const { runLoad } = await import('../local/run-load.ts');
  const narrator = new Narrator(new LoadDocuments(services.store, load.loadId), terminal);
  const interrupt = listenForInterrupt(
    {
      first: (signal) => narrator.say(`${signal}: aborting the load and tearing it down. Once more ends this at once.`),
      second: () => {
        say(
          terminal,
          `Ended at once; something may be left. Tear it down with: initial-load tear-down ${load.loadId} --local --store ${services.store.address}`,
        );
        process.exit(EXIT_STATUS.unknown);
      },
    },
    terminal.now,
  );
  try {
    return await runLoad({
      ...load,
      services,
      signal: interrupt.signal,
      onEvent: (event) => narrator.hear(event),
    });
  } finally {
    await narrator.end();
    interrupt.release();
  }
}
