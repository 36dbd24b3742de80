import { LoadFailedError } from '../../../errors.ts';
import type { FileEntry } from '../../../files/folder.ts';
import { readLines, type Line } from '../../../files/lines.ts';
import type { FeedRecord } from '../../../kafka/record-batch.ts';

/** So much of a file is fed in one transaction at most, however few rows it is: wide rows must not make it run out. */
const MOST_CHUNK_BYTES = 256 * 1024 * 1024;
const TAB = 9;

/** A file with rows as the job writes them, a line each: `<key>\t<value>`. Reads on from where it was left. */
export class RowFile {
  readonly #file: FileEntry;
  readonly #blocks: AsyncGenerator<Line[]>;
  #lines: Line[] = [];
  #position: number;

  /** @param position in bytes, at which a row begins */
  constructor(file: FileEntry, position: number) {
    this.#file = file;
    this.#position = position;
    this.#blocks = readLines(file, position);
  }

  /** Where the first row begins that was not taken. */
  get position(): number {
    return this.#position;
  }

  get ended(): boolean {
    return this.#position >= this.#file.size;
  }

  /** The next rows. @throws LoadFailedError, TransientError */
  async *take(mostRows: number): AsyncGenerator<FeedRecord[]> {
    const begun = this.#position;
    for (let left = mostRows; left > 0 && !this.ended && this.#position - begun < MOST_CHUNK_BYTES;) {
      if (this.#lines.length === 0) this.#lines = (await this.#blocks.next()).value as Line[];
      const lines = this.#lines.splice(0, left);
      left -= lines.length;
      this.#position = lines.at(-1)!.end;
      yield lines.map((line) => this.#rowOf(line));
    }
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }

  #rowOf({ bytes, end }: Line): FeedRecord {
    const tab = bytes.indexOf(TAB);
    if (tab === -1) throw new LoadFailedError(`${this.#file.key} has no key and value before byte ${end}.`);
    return { key: tab === 0 ? null : bytes.subarray(0, tab), value: bytes.subarray(tab + 1) };
  }
}
