import { failureOfCaught, type CaughtError } from '../src/report/failure.ts';
import { waitingForDocument, type LoadDocuments } from '../src/store/documents.ts';
import { showProgress, type Progress } from './progress.ts';
import { say, type Terminal } from './terminal.ts';

const PLANNING = 'Surveying source and target, choosing a strategy';
const TEARING_DOWN = 'Tearing down';
/** States of the two machines that a person wants to hear of, in a person's words. */
const SAID: Record<string, Record<string, string>> = {
  'initial-load': {
    Plan: PLANNING,
    'Prepare target': 'Preparing the target',
    'Provision (control plane)': 'Making what the strategy needs',
    'Restore target': 'Restoring constraints and triggers',
    Verify: 'Counting both sides',
    'Notify consumer': 'Notifying the consumer',
    'Await consumer': 'Waiting until the consumer has read what was loaded',
  },
  'tear-down': { 'Close the load': TEARING_DOWN },
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
  #lastWaitedFor = '';

  constructor(documents: LoadDocuments, terminal: Terminal) {
    this.#documents = documents;
    this.#terminal = terminal;
  }

  /** For each event of the machines. Returns at once; what is told stays in order. */
  hear(event: { machine: string; state: string; what: string; failure?: CaughtError }): void {
    if (event.failure?.Error === 'TransientError') this.#sayOfTrouble(failureOfCaught(event.failure).cause);
    if (event.what !== 'entered') return;
    this.#telling = this.#telling.then(() => this.#tell(event.machine, event.state));
  }

  /** Says a line after what was told before, and below the bars. */
  say(line: string): void {
    this.#telling = this.#telling.then(() => this.#sayBelow(line));
  }

  /** What may pass is tried again for a minute or two, in which a person wants to know why nothing happens. */
  #sayOfTrouble(cause: string): void {
    this.#telling = this.#telling.then(() => this.#sayMeanwhile(`For now: ${cause}`));
  }

  /** Ends when everything is told. */
  async end(): Promise<void> {
    await this.#telling;
    await this.#stopProgress();
  }

  async #tell(machine: string, state: string): Promise<void> {
    if (state === COPYING) {
      say(this.#terminal, 'Copying');
      this.#showProgress();
      return;
    }
    if (state.startsWith('Wait for ')) return this.#tellWaitingFor();
    const words = SAID[machine]?.[state];
    // A step that is called again, because it wasn't done, is not told twice.
    if (words === undefined || words === this.#lastSaid) return;
    // A request that was refused while planning has made nothing that could be torn down.
    if (words === TEARING_DOWN && this.#lastSaid === PLANNING) return;
    this.#lastSaid = words;
    await this.#sayBelow(words);
  }

  /** Of what takes minutes a person wants to know what it is. */
  async #tellWaitingFor(): Promise<void> {
    const waitingFor = await this.#documents.read(waitingForDocument).catch(() => undefined);
    if (waitingFor === undefined || waitingFor.what === this.#lastWaitedFor) return;
    this.#lastWaitedFor = waitingFor.what;
    await this.#sayMeanwhile(`  waiting for ${waitingFor.what}`);
  }

  #showProgress(): void {
    const options = { now: this.#terminal.now, everyMilliseconds: BARS_EVERY_MILLISECONDS };
    this.#progress = showProgress(this.#documents, this.#terminal.stderr, options);
  }

  async #sayMeanwhile(line: string): Promise<void> {
    const copying = this.#progress !== undefined;
    await this.#sayBelow(line);
    if (copying) this.#showProgress();
  }

  async #sayBelow(line: string): Promise<void> {
    await this.#stopProgress();
    say(this.#terminal, line);
  }

  async #stopProgress(): Promise<void> {
    await this.#progress?.stop();
    this.#progress = undefined;
  }
}
