import { setTimeout } from 'node:timers/promises';
import type { Client } from '../../../databases/postgres/connection.ts';
import { insertSignalOnce } from '../../../databases/postgres/signal-table.ts';
import { sessionName } from '../../../databases/postgres/sessions.ts';
import type { KeyRange, Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { callAgainAtOnce, done, pollAgain, type StepAnswer } from '../../../step.ts';
import { assertOpen } from '../../../target/assert-open.ts';
import { onSource } from '../../on-source.ts';
import { unlessClosed } from '../../open-load.ts';
import { ProgressLog, rangesOf } from '../../progress-log.ts';
import { recordFed } from '../../record-fed.ts';
import { tellWaitingFor } from '../../waiting-for.ts';
import { goOn, pause, waitingForOthers } from '../pause.ts';
import { cutPart } from './cut.ts';
import { followPart } from './follow.ts';
import { readingNotes, type NoteTopic } from './note-reader.ts';
import { nextOf, readSoFar } from './next-part.ts';
import { dueAfter } from './pace.ts';
import { lastPart, planOf, snapshotSignal, type Part } from './part.ts';
import { DOING, signalsOf } from './signals.ts';

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
    onSource(load, { applicationName: sessionName(load.loadId, shard.id), doing: DOING }, (source) =>
      readingNotes(load, (notes) => new SnapshotInParts({ load, shard, source, notes, findLagging }).advance(until)),
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

class SnapshotInParts {
  readonly #is: Parts;
  readonly #progress: ProgressLog;

  constructor(is: Parts) {
    this.#is = is;
    this.#progress = new ProgressLog(is.load, is.shard);
  }

  async advance(until: Date): Promise<StepAnswer> {
    const { load, shard, notes } = this.#is;
    const ranges = rangesOf(load, shard);
    try {
      let part = await lastPart(load);
      if (part) this.#tell(ranges, part.read, part.range);
      for (;;) {
        const ended = part && (await followPart({ load, notes, part, ask: () => this.#ask(part!) }, until));
        if (part && !ended) return load.services.now() >= until ? callAgainAtOnce : this.#later();
        const last = part && ended && { part, ended };
        const [next, read] = [nextOf(ranges, last), readSoFar(last)];
        this.#tell(ranges, read, next?.range);
        if (!next) return await this.#end(ranges, read);
        const wait = await this.#holdBack(part, until);
        if (wait) return wait;
        const range = ranges.find(({ id }) => id === next.range)!;
        part = await cutPart(this.#is, { ...next, range }, { before: part, read });
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

  /** @param next the range that is gone on with: those before it are done */
  #tell(ranges: KeyRange[], read: Part['read'], next: number | undefined): void {
    const current = ranges.findIndex(({ id }) => id === next);
    ranges.forEach(({ id }, index) => {
      const isDone = current === -1 || index < current;
      this.#progress.set(id, { rows: read[id] ?? 0, bytes: 0, done: isDone });
    });
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

  async #end(ranges: KeyRange[], read: Part['read']): Promise<StepAnswer> {
    const { load, shard } = this.#is;
    const fed = ranges.map((range) => {
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
