const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * npm and the launcher pass the terminal's Ctrl-C on to a process that the terminal told already: what comes within
 * this time is the same Ctrl-C.
 */
const SAME_INTERRUPT_MILLISECONDS = 500;

export interface Interrupt {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  release(): void;
}

/** What a running process offers for it; `process` itself. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** The first SIGINT or SIGTERM aborts, so that there is time to clean up; a second one ends the program at once. */
export function listenForInterrupt(
  actions: { first(signal: NodeJS.Signals): void; second(signal: NodeJS.Signals): void },
  now: () => Date,
  source: SignalSource = process,
): Interrupt {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const listener = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      firstAt = now().getTime();
      actions.first(signal);
      controller.abort(new Error(`Interrupted by ${signal}.`));
    } else if (now().getTime() - firstAt >= SAME_INTERRUPT_MILLISECONDS) {
      actions.second(signal);
    }
  };
  for (const signal of SIGNALS) source.on(signal, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of SIGNALS) source.off(signal, listener);
    },
  };
}
