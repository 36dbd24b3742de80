import { setTimeout } from 'node:timers/promises';

/** Keeps one shard within its share of the request's limits: what is ahead of its time waits. */
export class Pacer {
  readonly #perSecond: { records: number; bytes: number };
  readonly #begunAt = performance.now();
  #records = 0;
  #bytes = 0;

  /** @param perSecond Infinity where there is no limit */
  constructor(perSecond: { records: number; bytes: number }) {
    this.#perSecond = perSecond;
  }

  /** Waits until so much more may go. */
  async pass(records: number, bytes: number): Promise<void> {
    this.#records += records;
    this.#bytes += bytes;
    const due = Math.max(this.#records / this.#perSecond.records, this.#bytes / this.#perSecond.bytes);
    const aheadMilliseconds = due * 1_000 - (performance.now() - this.#begunAt);
    if (aheadMilliseconds > 0) await setTimeout(aheadMilliseconds);
  }
}
