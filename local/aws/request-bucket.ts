/**
 * Counts the requests of an account as DMS does, for all operations together: a bucket of 200, refilled by 8 a second
 * ("API request throttling" in the DMS user guide). By the stand-in's clock.
 */
export class RequestBucket {
  /** How often a request came when the bucket was empty. */
  throttled = 0;
  /** The fewest that were ever left. */
  lowest: number;
  readonly #capacity: number;
  readonly #refillPerSecond: number;
  readonly #now: () => Date;
  #left: number;
  #countedAt: number;

  constructor(now: () => Date, { capacity = 200, refillPerSecond = 8 } = {}) {
    this.#now = now;
    this.#capacity = capacity;
    this.#refillPerSecond = refillPerSecond;
    this.#left = capacity;
    this.lowest = capacity;
    this.#countedAt = now().getTime();
  }

  /** Whether there was one left. */
  take(): boolean {
    const at = this.#now().getTime();
    const refilled = (Math.max(0, at - this.#countedAt) / 1_000) * this.#refillPerSecond;
    this.#left = Math.min(this.#capacity, this.#left + refilled);
    this.#countedAt = at;
    if (this.#left < 1) {
      this.throttled += 1;
      return false;
    }
    this.#left -= 1;
    this.lowest = Math.min(this.lowest, this.#left);
    return true;
  }
}
