import type { KeyRange, QualifiedName, Shard, ShardProgress } from '../model.ts';
import { progressDocument } from '../store/documents.ts';
import type { Load } from '../services.ts';

const WRITE_EVERY_MILLISECONDS = 500;

interface RangeProgress {
  rows: number;
  bytes: number;
  done: boolean;
}

/** What the shard has copied so far, kept in the load store for whoever watches: at most two writes a second. */
export class ProgressLog {
  readonly #load: Load;
  readonly #shard: Shard;
  readonly #ranges = new Map<number, RangeProgress>();
  #writing: Promise<void> | undefined;
  #writtenAt = 0;

  constructor(load: Load, shard: Shard) {
    this.#load = load;
    this.#shard = shard;
  }

  set(range: number, progress: RangeProgress): void {
    this.#ranges.set(range, progress);
    const now = this.#load.services.now().getTime();
    if (this.#writing || now - this.#writtenAt < WRITE_EVERY_MILLISECONDS) return;
    this.#writtenAt = now;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  add(range: number, copied: { rows: number; bytes: number; done: boolean }): void {
    const before = this.#ranges.get(range) ?? { rows: 0, bytes: 0 };
    this.set(range, { rows: before.rows + copied.rows, bytes: before.bytes + copied.bytes, done: copied.done });
  }

  async flush(): Promise<void> {
    await this.#writing;
    await this.#write();
  }

  /** Progress is a convenience: failing to write it never fails the load. */
  async #write(): Promise<void> {
    await this.#load.documents.write(progressDocument(this.#shard.id), this.#document()).catch(() => undefined);
  }

  #document(): ShardProgress {
    const tables = new Map<QualifiedName, RangeProgress>();
    for (const range of rangesOf(this.#load, this.#shard)) {
      const progress = this.#ranges.get(range.id) ?? { rows: 0, bytes: 0, done: false };
      const table = tables.get(range.table) ?? { rows: 0, bytes: 0, done: true };
      tables.set(range.table, {
        rows: table.rows + progress.rows,
        bytes: table.bytes + progress.bytes,
        done: table.done && progress.done,
      });
    }
    return {
      tables: [...tables].map(([table, progress]) => ({ table, ...progress })),
      updatedAt: this.#load.services.now().toISOString(),
    };
  }
}

export function rangesOf(load: Load, shard: Shard): KeyRange[] {
  return load.plan.ranges.filter((range) => shard.ranges.includes(range.id));
}
