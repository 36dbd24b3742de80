import { explainInLoad } from '../databases/postgres/errors.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import type { Source } from '../databases/source-engine.ts';
import { sourceEngineOf } from '../databases/source-engines.ts';
import type { Load } from '../services.ts';
import { done, type StepAnswer } from '../step.ts';
import type { SourcePosition } from '../model.ts';
import { positionsDocument } from '../store/documents.ts';
import { readTopicPositions } from './topic-positions.ts';

const WAIT_FOR_WRITERS_SECONDS = 1;
/** A transaction that stays open for longer is named in the stitch point instead of waited for. */
const LONGEST_WAIT_SECONDS = 300;
/** Connectors confirm what they have handed on once a minute, unless told otherwise (offset.flush.interval.ms). */
const LONGEST_WAIT_FOR_PUBLISHER_SECONDS = 180;

/**
 * Takes the position before the first read, then waits for the transactions that were writing at that moment, so that
 * everything committed before the position is visible to the load. Where nobody may know who writes, nobody is waited for,
 * and the stitch point says so. A later attempt keeps the first attempt's position.
 */
export async function takePositionBefore(load: Load): Promise<StepAnswer> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  const { now } = load.services;
  if (positions.before?.writersLeft?.length === 0) return done;
  return withSource(load, async (source) => {
    const tables = tablesOf(load);
    // The topics before all else: what they hold by then was committed before the writers are looked for.
    const topicsBefore = positions.topicsBefore ?? (await readTopicPositions(load));
    // The position first, its writers after it: whoever commits in between is among them or already visible.
    const before = positions.before ?? (await source.readPosition(tables, now()));
    const writing = await source.findWriters(tables);
    if (writing === undefined) {
      await load.documents.write(positionsDocument, { ...positions, ...(topicsBefore && { topicsBefore }), before });
      return done;
    }
    const writersLeft = (before.writersLeft ?? writing).filter((writer) => writing.includes(writer));
    const taken = { ...(topicsBefore && { topicsBefore }), before: { ...before, writersLeft } };
    await load.documents.write(positionsDocument, { ...positions, ...taken });
    const waitedSeconds = (now().getTime() - Date.parse(before.takenAt)) / 1_000;
    return writersLeft.length === 0 || waitedSeconds > LONGEST_WAIT_SECONDS
      ? done
      : { status: 'working', waitSeconds: WAIT_FOR_WRITERS_SECONDS };
  });
}

/** Takes the position after the last read; called again, it keeps the one it took for this attempt. */
export async function takePositionAfter(load: Load, source: Source): Promise<SourcePosition> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  if (positions.after && Date.parse(positions.after.takenAt) >= load.startedAt.getTime()) return positions.after;
  const after = await source.readPosition(tablesOf(load), load.services.now());
  await load.documents.write(positionsDocument, { ...positions, after });
  return after;
}

/**
 * Takes where the live topics end, once the publisher has passed the position after the last read; called again while it may
 * still be behind, or until it has been waited for long enough.
 * @returns whether it was taken
 */
export async function takeTopicsAfter(load: Load, source: Source): Promise<boolean> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  const { after, topicsAfter, topicsBefore } = positions;
  if (!topicsBefore || !after) return true;
  if (topicsAfter && topicsAfter.takenAt >= after.takenAt) return true;
  const slot = load.request.topics?.replicationSlot;
  const passed = slot !== undefined && after.lsn !== undefined ? await source.hasPublished(slot, after.lsn) : undefined;
  const waitedSeconds = (load.services.now().getTime() - Date.parse(after.takenAt)) / 1_000;
  if (passed === false && waitedSeconds < LONGEST_WAIT_FOR_PUBLISHER_SECONDS) return false;
  const taken = await readTopicPositions(load, { withSettings: true });
  if (taken) {
    await load.documents.write(positionsDocument, {
      ...positions,
      topicsAfter: { ...taken, publisherPassed: passed === true },
    });
  }
  return true;
}

async function withSource<T>(load: Load, work: (source: Source) => Promise<T>): Promise<T> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const applicationName = sessionName(load.loadId, 'position');
  const source = await sourceEngineOf(engine).reconnect(address, { applicationName, field });
  try {
    return await work(source);
  } catch (error) {
    throw explainInLoad(error, "The source's position");
  } finally {
    await source.end().catch(() => undefined);
  }
}

function tablesOf(load: Load): string[] {
  return load.plan.tables.map((table) => table.source);
}
