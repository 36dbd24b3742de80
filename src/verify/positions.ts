import type { Client } from '../databases/postgres/connection.ts';
import { reconnect } from '../databases/postgres/connection.ts';
import { explainInLoad } from '../databases/postgres/errors.ts';
import { findWriters, readPosition } from '../databases/postgres/position.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import type { Load } from '../services.ts';
import { done, type StepAnswer } from '../step.ts';
import type { SourcePosition } from '../model.ts';
import { positionsDocument } from '../store/documents.ts';

const WAIT_FOR_WRITERS_SECONDS = 1;
/** A transaction that stays open for longer is named in the stitch point instead of waited for. */
const LONGEST_WAIT_SECONDS = 300;

/**
 * Takes the position before the first read, then waits for the transactions that were writing at that moment, so that
 * everything committed before the position is visible to the load. A later attempt keeps the first attempt's position.
 */
export async function takePositionBefore(load: Load): Promise<StepAnswer> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  const { now } = load.services;
  if (positions.before?.writersLeft?.length === 0) return done;
  return withSource(load, async (client) => {
    const tables = tablesOf(load);
    // The position first, its writers after it: whoever commits in between is among them or already visible.
    const before = positions.before ?? (await readPosition(client, tables, now()));
    const writing = await findWriters(client, tables);
    const writersLeft = (before.writersLeft ?? writing).filter((writer) => writing.includes(writer));
    await load.documents.write(positionsDocument, { ...positions, before: { ...before, writersLeft } });
    const waitedSeconds = (now().getTime() - Date.parse(before.takenAt)) / 1_000;
    return writersLeft.length === 0 || waitedSeconds > LONGEST_WAIT_SECONDS
      ? done
      : { status: 'working', waitSeconds: WAIT_FOR_WRITERS_SECONDS };
  });
}

/** Takes the position after the last read; called again, it keeps the one it took for this attempt. */
export async function takePositionAfter(load: Load, source: Client): Promise<SourcePosition> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  if (positions.after && Date.parse(positions.after.takenAt) >= load.startedAt.getTime()) return positions.after;
  const after = await readPosition(source, tablesOf(load), load.services.now());
  await load.documents.write(positionsDocument, { ...positions, after });
  return after;
}

async function withSource<T>(load: Load, work: (client: Client) => Promise<T>): Promise<T> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const client = await reconnect(address, { applicationName: sessionName(load.loadId, 'position'), field });
  try {
    return await work(client);
  } catch (error) {
    throw explainInLoad(error, "The source's position");
  } finally {
    await client.end().catch(() => undefined);
  }
}

function tablesOf(load: Load): string[] {
  return load.plan.tables.map((table) => table.source);
}
