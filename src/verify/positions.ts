import { explainInLoad } from '../databases/postgres/errors.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import type { Source } from '../databases/source-engine.ts';
import { sourceEngineOf } from '../databases/source-engines.ts';
import type { Load } from '../services.ts';
import { done, type StepAnswer } from '../step.ts';
import type { SourcePosition } from '../model.ts';
import { positionsDocument } from '../store/documents.ts';

const WAIT_FOR_WRITERS_SECONDS = 1;
/** A transaction that stays open for longer is named in the stitch point instead of waited for. */
const LONGEST_WAIT_SECONDS = 300;

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
    // The position first, its writers after it: whoever commits in between is among them or already visible.
    const before = positions.before ?? (await source.readPosition(tables, now()));
    const writing = await source.findWriters(tables);
    if (writing === undefined) {
      await load.documents.write(positionsDocument, { ...positions, before });
      return done;
    }
    const writersLeft = (before.writersLeft ?? writing).filter((writer) => writing.includes(writer));
    await load.documents.write(positionsDocument, { ...positions, before: { ...before, writersLeft } });
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
