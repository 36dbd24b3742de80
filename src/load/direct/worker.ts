import { hangUp, type Client } from '../../databases/postgres/connection.ts';
import { beginReadOnly } from './snapshot.ts';
import type { KeyRange } from '../../model.ts';
import { isUpsert } from '../../request/database-target.ts';
import { chunkRows } from './chunk-size.ts';
import { copyChunk, type Chunk, type ChunkResult } from './chunk.ts';
import { reconnect, type Invocation } from './invocation.ts';
import { loadTable, type LoadTable } from './table.ts';

const UNIQUE_VIOLATION = '23505';

/** One pair of connections that copies key ranges, chunk by chunk, until there are none left or the time is over. */
export class Worker {
  readonly #invocation: Invocation;
  readonly #name: string;
  #source: Client | undefined;
  #target: Client | undefined;
  #chunks = 0;

  constructor(invocation: Invocation, number: number) {
    this.#invocation = invocation;
    this.#name = `${invocation.shard.id} w${number}`;
  }

  /** Connects, and joins the load's snapshot before any worker starts to copy. */
  async open(): Promise<void> {
    const { load, source, target } = this.#invocation;
    this.#source = await reconnect(source, load.loadId, this.#name);
    this.#target = await reconnect(target, load.loadId, this.#name);
    if (this.#oneSnapshot) await this.#invocation.snapshot.join(this.#source);
  }

  /** Takes key ranges from the queue. @returns whether the queue was emptied before the time was over */
  async run(queue: KeyRange[]): Promise<boolean> {
    for (let range = queue.shift(); range; range = queue.shift()) {
      if (!(await this.#copyRange(range))) {
        queue.unshift(range);
        return false;
      }
    }
    return true;
  }

  /** Closes without waiting for a server that doesn't answer. */
  async close(): Promise<void> {
    await Promise.all([hangUp(this.#source), hangUp(this.#target)]);
  }

  async #copyRange(range: KeyRange): Promise<boolean> {
    const table = loadTable(this.#invocation.load, range.table);
    for (;;) {
      if (this.#timeIsOver()) return false;
      const result = await this.#copyChunk(table, range);
      this.#invocation.progress.add(range.id, result);
      if (result.done) return true;
    }
  }

  async #copyChunk(table: LoadTable, range: KeyRange): Promise<ChunkResult> {
    const { request } = this.#invocation.load;
    const rows = chunkRows(table.plan, this.#chunks, request.direct?.chunkRows);
    const first = this.#chunks === 0;
    try {
      return await this.#attempt(table, range, { rows, first, mode: isUpsert(request) ? 'upsert' : 'copy' });
    } catch (error) {
      if (!this.#mayBeMovedValue(table, error)) throw error;
      // COPY's failure leaves both connections in mid-stream: they are of no use any more.
      await this.close();
      await this.open();
      return await this.#attempt(table, range, { rows, first, mode: 'replace-conflicting' });
    } finally {
      this.#chunks += 1;
    }
  }

  async #attempt(table: LoadTable, range: KeyRange, chunk: Chunk): Promise<ChunkResult> {
    const clients = this.#clients();
    if (!this.#oneSnapshot) await beginReadOnly(clients.source);
    const result = await copyChunk(this.#invocation, clients, table, range, chunk);
    if (!this.#oneSnapshot) await clients.source.query('commit');
    return result;
  }

  /** A unique violation between rows of one snapshot is the target's own affair; between two it may be the conflict rule's. */
  #mayBeMovedValue(table: LoadTable, error: unknown): boolean {
    const { snapshot, resumed } = this.#invocation;
    const severalSnapshots = !this.#oneSnapshot || snapshot.views > 1 || resumed;
    const violation = error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
    return violation && severalSnapshots && table.plan.key !== undefined;
  }

  get #oneSnapshot(): boolean {
    return this.#invocation.load.plan.consistency === 'one-snapshot';
  }

  #timeIsOver(): boolean {
    return this.#invocation.stop.signal.aborted || this.#invocation.load.services.now() >= this.#invocation.until;
  }

  #clients(): { source: Client; target: Client } {
    if (!this.#source || !this.#target) throw new Error('The worker is not open.');
    return { source: this.#source, target: this.#target };
  }
}
