import { createHash } from 'node:crypto';
import type { BatchRecord } from './record-batch.ts';

const NONE = -1;

/**
 * A sum over records that doesn't depend on their order: modulo 2^64, of the first 64 bits of SHA-256 over key and value,
 * each behind its length. So a record that is altered, missing, or there twice shows, but for one chance in 2^64.
 */
export class RecordChecksum {
  #sum: bigint;
  readonly #lengths = Buffer.alloc(8);

  /** @param sum to go on from */
  constructor(sum = '0') {
    this.#sum = BigInt(sum);
  }

  add({ key, value }: BatchRecord): void {
    this.#lengths.writeInt32BE(key ? key.length : NONE, 0);
    this.#lengths.writeInt32BE(value ? value.length : NONE, 4);
    const hash = createHash('sha256').update(this.#lengths);
    if (key) hash.update(key);
    if (value) hash.update(value);
    this.#sum = BigInt.asUintN(64, this.#sum + hash.digest().readBigUInt64BE());
  }

  /** In decimal: JSON's numbers are too short. */
  toString(): string {
    return String(this.#sum);
  }
}

/** Of all records together, from the sums of parts. */
export function addChecksums(one: string, other: string): string {
  return String(BigInt.asUintN(64, BigInt(one) + BigInt(other)));
}
