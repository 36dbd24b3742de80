import { createHash } from 'node:crypto';

const FIRST_SLOTS = 1 << 12;
const FULLEST = 0.7;
/** Of the low half of a hash: whether the row lives. */
const ALIVE = 1;

/**
 * Which rows live, by their keys' hashes of 63 bits. It takes 8 bytes a slot and has 1.4 to 2.9 slots a key, so 12 to 23
 * bytes a key, and half as much again while it grows. That two of n keys have one hash has a probability of n² / 2⁶⁴: of a
 * hundred million keys, one in two thousand.
 */
export class KeySet {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  /** @param key the values of its columns, as text */
  set(key: string[], alive: boolean): void {
    const [high, low] = hashOf(key);
    this.#put(high, (low & ~ALIVE) | (alive ? ALIVE : 0));
    if (this.#count > this.#high.length * FULLEST) this.#grow();
  }

  lives(key: string[]): boolean {
    const [high, low] = hashOf(key);
    return (this.#low[this.#slotOf(high, low)]! & ALIVE) === ALIVE;
  }

  #put(high: number, low: number): void {
    const slot = this.#slotOf(high, low);
    if (this.#high[slot] === 0) this.#count += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
  }

  /** The slot of that hash, or the free one where it would go. */
  #slotOf(high: number, low: number): number {
    const last = this.#high.length - 1;
    for (let slot = low >>> 1; ; slot += 1) {
      const at = slot & last;
      if (this.#high[at] === 0 || (this.#high[at] === high && this.#low[at]! >>> 1 === low >>> 1)) return at;
    }
  }

  #grow(): void {
    const [highs, lows] = [this.#high, this.#low];
    this.#high = new Uint32Array(2 * highs.length);
    this.#low = new Uint32Array(2 * highs.length);
    this.#count = 0;
    for (const [slot, high] of highs.entries()) if (high !== 0) this.#put(high, lows[slot]!);
  }
}

/** The high half is never 0, which marks a free slot. */
function hashOf(key: string[]): [high: number, low: number] {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest();
  return [digest.readUInt32LE(0) || 1, digest.readUInt32LE(4)];
}
