import type { LoadDocuments } from '../src/store/documents.ts';
import { showProgress, type Progress } from './progress.ts';
import { say, type Terminal } from './terminal.ts';

/** States of the definitions that a person wants to hear of, in a person's words. */
const SAID: Record<string, string> = {
  Plan: 'Surveying source and target, choosing a strategy',
  'Prepare target': 'Preparing the target',
  'Restore target': 'Restoring constraints and triggers',
  Verify: 'Counting both sides',
  'Notify consumer': 'Notifying the consumer',
  'Close the load': 'Tearing down',
};
const COPYING = 'Load';
const BARS_EVERY_MILLISECONDS = 200;

/** Tells on standard error what a load on this machine is doing: a line for each step, and progress while it copies. */
export class Narrator {
  readonly #documents: LoadDocuments;
  readonly #terminal: Terminal;
  #telling: Promise<void> = Promise.resolve();
  #progress: Progress | undefined;
  #lastSaid = '';

  constructor(documents: LoadDocuments, terminal: Terminal) {
    this.#documents = documents;
    this.#terminal = terminal;
  }

  /** For each event of the machines. Returns at once; what is told stays in order. */
  hear(event: { state: string; what: string }): void {
    if (event.what !== 'entered') return;
    this.#telling = this.#telling.then(() => this.#tell(event.state));
  }

  /** Ends when everything is told. */
  async end(): Promise<void> {
    await this.#telling;
    await this.#stopProgress();
  }

  async #tell(state: string): Promise<void> {
    if (state === COPYING) {
      say(this.#terminal, 'Copying');
      const options = { now: this.#terminal.now, everyMilliseconds: BARS_EVERY_MILLISECONDS };
      this.#progress = showProgress(this.#documents, this.#terminal.stderr, options);
      return;
    }
    const words = SAID[state];
    // A step that is called again, or runs once more in tear-down, is not told twice.
    if (words === undefined || words === this.#lastSaid) return;
    await this.#stopProgress();
    this.#lastSaid = words;
    say(this.#terminal, words);
  }

  async #stopProgress(): Promise<void> {
    await this.#progress?.stop();
    this.#progress = undefined;
  }
}
