import { setTimeout } from 'node:timers/promises';
import { findChunkEnd } from '../../../databases/postgres/chunks.ts';
import type { Client } from '../../../databases/postgres/connection.ts';
import { insertSignalOnce, readTransactionId } from '../../../databases/postgres/signal-table.ts';
import { sessionName } from '../../../databases/postgres/sessions.ts';
import type { KeyRange, Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { callAgainAtOnce, done, pollAgain, type StepAnswer } from '../../../step.ts';
import { assertOpen } from '../../../target/assert-open.ts';
import { unlessClosed } from '../../open-load.ts';
import { ProgressLog, rangesOf } from '../../progress-log.ts';
import { recordFed } from '../../record-fed.ts';
import { tellWaitingFor } from '../../waiting-for.ts';
import { goOn, pause, waitingForOthers } from '../pause.ts';
import { followPart, type Ended } from './follow.ts';
import { readingNotes, type NoteTopic } from './note-reader.ts';
import { dueAfter, rowsOfPart } from './pace.ts';
import { keepPart, lastPart, planOf, readTableOf, snapshotSignal, type Part } from './part.ts';
import { onSource, signalsOf } from './source.ts';

/** Longer waits are not for an invocation. */
const LONGEST_PAUSE_SECONDS = 60;

/**
 * Has the connector that publishes the live topics publish the shard's rows again, part by part: each is asked for by a
 * signal and followed by the connector's notifications. Between two parts the limits of the request and the lag of others
 * are kept to; what goes on without an invocation is the part that was asked for last. Two invocations at once ask for the
 * same parts, each once.
 *
 * @param findLagging who hasn't read the live topics so far that more may come, in words; empty when nobody
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function advanceBySignal(
  load: Load,
  shard: Shard,
  until: Date,
  findLagging: () => Promise<string[]>,
): Promise<StepAnswer> {
  await assertOpen(load);
  // Tear-down stops the snapshot, which looks as if somebody else had.
  return unlessClosed(load, () =>
    onSource(load, sessionName(load.loadId, shard.id), (source) =>
      readingNotes(load, (notes) => new Replay({ load, shard, source, notes, findLagging }).advance(until)),
    ),
  );
}

interface Parts {
  load: Load;
  shard: Shard;
  source: Client;
  notes: NoteTopic;
  findLagging: () => Promise<string[]>;
}

class Replay {
  readonly #is: Parts;
  readonly #progress: ProgressLog;

  constructor(is: Parts) {
    this.#is = is;
    this.#progress = new ProgressLog(is.load, is.shard);
  }

  async advance(until: Date): Promise<StepAnswer> {
    const { load, notes } = this.#is;
    try {
      let part = await lastPart(load);
      for (;;) {
        const ended = part && (await followPart({ load, notes, part, ask: () => this.#ask(part!) }, until));
        if (part && !ended) return load.services.now() >= until ? callAgainAtOnce : this.#later();
        const read = this.#addUp(part, ended);
        const next = this.#next(part, ended);
        if (!next) return await this.#end(read);
        const wait = await this.#holdBack(part, until);
        if (wait) return wait;
        part = await this.#cut(next, part, read);
      }
    } finally {
      await this.#progress.flush();
    }
  }

  /** Also for a part that an invocation cut and didn't come to ask for. After tear-down nobody asks any more. */
  async #ask(part: Part): Promise<void> {
    const { load, source } = this.#is;
    await insertSignalOnce(source, signalsOf(load).table, snapshotSignal(load, part), () => assertOpen(load));
  }

  /** Rows by key range, with those of the part that has just ended. */
  #addUp(part: Part | undefined, ended: Ended | undefined): Record<number, number> {
    const read = { ...part?.read };
    if (part && ended?.state === 'done') read[part.range] = (read[part.range] ?? 0) + ended.rows;
    const ranges = rangesOf(this.#is.load, this.#is.shard);
    const current = ranges.findIndex(({ id }) => id === part?.range);
    ranges.forEach(({ id }, index) => {
      const isDone = index < current || (index === current && ended?.state === 'done' && part?.ends === true);
      this.#progress.set(id, { rows: read[id] ?? 0, bytes: 0, done: isDone });
    });
    return read;
  }

  /** What comes after a part that has ended; undefined when it was the last one. */
  #next(part: Part | undefined, ended: Ended | undefined): Pick<Part, 'range' | 'from'> | undefined {
    const ranges = rangesOf(this.#is.load, this.#is.shard);
    if (!part) return beginningOf(ranges[0]);
    if (ended?.state === 'overtaken') return { range: part.range, ...(part.from && { from: part.from }) };
    if (!part.ends) return { range: part.range, ...(part.to && { from: part.to }) };
    return beginningOf(ranges[ranges.findIndex(({ id }) => id === part.range) + 1]);
  }

  /** Waits until more may come. @returns an answer instead, when that takes longer than an invocation should wait */
  async #holdBack(part: Part | undefined, until: Date): Promise<StepAnswer | undefined> {
    const { load, findLagging } = this.#is;
    const { now } = load.services;
    const dueAt = part ? dueAfter(part, load.request, planOf(load, part.table)) : now();
    const waitSeconds = (dueAt.getTime() - now().getTime()) / 1_000;
    if (waitSeconds > LONGEST_PAUSE_SECONDS || dueAt > until) {
      return { status: 'working', waitSeconds: Math.max(0, Math.ceil(waitSeconds)) };
    }
    if (waitSeconds > 0) await setTimeout(waitSeconds * 1_000);
    if (now() >= until) return callAgainAtOnce;
    const lagging = await findLagging();
    if (lagging.length > 0) return pause(load, waitingForOthers(lagging));
    await goOn(load);
    return undefined;
  }

  async #cut({ range: id, from }: Pick<Part, 'range' | 'from'>, before: Part | undefined, read: Part['read']) {
    const { load, source, notes } = this.#is;
    const range = rangesOf(load, this.#is.shard).find((candidate) => candidate.id === id);
    if (!range) throw new Error(`The shard ${this.#is.shard.id} has no key range ${id}.`);
    const rows = rowsOfPart(load.request, planOf(load, range.table));
    const bounds = { ...(from && { from }), ...(range.to && { to: range.to }) };
    const end = await findChunkEnd(source, readTableOf(load, range.table), bounds, rows);
    const to = end ?? range.to;
    return keepPart(load, {
      number: (before?.number ?? 0) + 1,
      range: id,
      table: range.table,
      ...(from && { from }),
      ...(to && { to }),
      ends: end === undefined,
      rows,
      askedAt: load.services.now().toISOString(),
      notesFrom: await notes.ends(),
      read,
      since: before?.since ?? (await readTransactionId(source)),
    });
  }

  async #end(read: Part['read']): Promise<StepAnswer> {
    const { load, shard } = this.#is;
    const fed = rangesOf(load, shard).map((range) => {
      const rows = read[range.id] ?? 0;
      return { range, checkpoint: { chunks: 0, rows, bytes: 0, done: true } };
    });
    await recordFed(load, shard, fed);
    await tellWaitingFor(load, undefined);
    return done;
  }

  #later(): StepAnswer {
    const { startedAt, deadlineAt, services } = this.#is.load;
    return pollAgain({ startedAt, now: services.now(), deadlineAt });
  }
}

function beginningOf(range: KeyRange | undefined): Pick<Part, 'range' | 'from'> | undefined {
  return range && { range: range.id, ...(range.from && { from: range.from }) };
}
