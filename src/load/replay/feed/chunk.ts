import { setTimeout } from 'node:timers/promises';
import { findChunkEnd } from '../../../databases/postgres/chunks.ts';
import { readJsonRows, selectJson } from '../../../databases/postgres/json-rows.ts';
import { LoadFailedError, TransientError } from '../../../errors.ts';
import { encodeHeaders } from '../../../kafka/record-batch.ts';
import { RecordChecksum } from '../../../kafka/record-checksum.ts';
import { headerOf } from '../../../kafka/replication-topic.ts';
import type { KeyRange } from '../../../model.ts';
import { committedAs, type Checkpoint } from '../../../target/topics/checkpoint.ts';
import { encodeRows } from '../../../target/topics/encode-rows.ts';
import { Outbox } from '../../../target/topics/outbox.ts';
import { Pacer } from '../../../target/topics/pacer.ts';
import type { Replay, ReplayedTable } from './open-tables.ts';

/** After which a transaction of the publisher that is still open is not waited for, with ours open beside it. */
const MOST_LOOKS = 20;
const LOOK_AGAIN_MILLISECONDS = 100;
/** What goes out is paced between chunks: a transaction that waits would hold up whoever reads what is committed. */
const UNPACED = new Pacer({ records: Infinity, bytes: Infinity });

/**
 * Replays the next chunk of a key range in one transaction of the brokers, with its checkpoint. Before that is committed the
 * topic is read up to the records that were just appended: an event that came before one of them, and so would be covered by
 * an older row, is said again behind it, until none is. Rows that the topic has told of already are left out.
 * @returns the new checkpoint
 * @throws TransientError when a transaction of the publisher stays open, LoadFailedError, what the brokers and the source say
 */
export async function replayChunk(
  replay: Replay,
  table: ReplayedTable,
  { range, from, mostRows }: { range: KeyRange; from: Checkpoint; mostRows: number },
): Promise<Checkpoint> {
  const { source } = replay;
  await source.query('begin isolation level repeatable read read only');
  try {
    const start = from.position ?? range.from;
    const bounds = { ...(start && { from: start }), ...(range.to && { to: range.to }) };
    const end = await findChunkEnd(source, table.read, bounds, mostRows);
    const select = selectJson(
      table.read,
      table.plan.columns,
      end ? { ...bounds, to: end } : bounds,
      table.format.formOf,
    );
    const sent = await appendRows(replay, table, select, from);
    await sayCoveredAgain(replay, table, sent.rows);
    const checkpoint: Checkpoint = {
      chunks: from.chunks + 1,
      ...(end && { position: end }),
      done: end === undefined,
      rows: from.rows + sent.rows,
      bytes: from.bytes + sent.bytes,
      told: (from.told ?? 0) + sent.told,
      ...(sent.checksum !== undefined && { checksum: sent.checksum }),
    };
    await replay.feed.producer.commit(committedAs(table.placeOf(range), checkpoint));
    return checkpoint;
  } finally {
    await source.query('rollback');
  }
}

/** @returns what was appended, and how many rows the topic had told of; the checksum goes on from the last chunk's */
async function appendRows(
  { feed, source }: Replay,
  { topic, events, keys, format }: ReplayedTable,
  select: string,
  from: Checkpoint,
): Promise<{ rows: number; bytes: number; told: number; checksum?: string }> {
  const { producer, headers, load } = feed;
  const sent = { rows: 0, bytes: 0, told: 0 };
  const checksum = load.request.verify === 'checksums' ? new RecordChecksum(from.checksum) : undefined;
  events.beginChunk();
  await producer.begin(topic.topic);
  const outbox = new Outbox({ producer, headers, ...topic }, UNPACED, load.services.now);
  for await (const block of encodeRows(readJsonRows(source, select), format.encode, { usual: 'incremental' })) {
    const untold = block.filter(({ key }) => key === null || !events.hasTold(keys.own(key)));
    for (const record of untold) {
      checksum?.add(record);
      sent.bytes += record.value.length;
    }
    await outbox.add(untold);
    sent.rows += untold.length;
    sent.told += block.length - untold.length;
  }
  await outbox.flush();
  return { ...sent, ...(checksum && { checksum: checksum.toString() }) };
}

async function sayCoveredAgain({ feed, admin }: Replay, { topic, events }: ReplayedTable, rows: number): Promise<void> {
  const { producer, load } = feed;
  const headers = encodeHeaders([headerOf(load.loadId, 'again')]);
  let [appended, looks] = [rows, 0];
  for (;;) {
    await events.readTo((await admin.offsetsOf(topic.topic.name)).map(({ next }) => next));
    if (events.seen !== appended) {
      throw new LoadFailedError(
        `Of ${appended} records that were appended to ${topic.topic.name}, ${events.seen} are there.`,
      );
    }
    const covered = events.takeCovered();
    if (covered.length === 0 && !events.isUndecided) return;
    if (events.isUndecided) {
      if ((looks += 1) > MOST_LOOKS) throw stillOpen(topic.topic.name);
      await setTimeout(LOOK_AGAIN_MILLISECONDS);
    }
    const outbox = new Outbox({ producer, headers, ...topic }, UNPACED, load.services.now);
    await outbox.add(covered);
    await outbox.flush();
    appended += covered.length;
  }
}

function stillOpen(topic: string): TransientError {
  return new TransientError(`A transaction of who publishes to ${topic} stays open, and may hold newer events.`);
}
