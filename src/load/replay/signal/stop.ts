import { setTimeout } from 'node:timers/promises';
import type { Client } from '../../../databases/postgres/connection.ts';
import { insertSignalOnce, removeSignals } from '../../../databases/postgres/signal-table.ts';
import { sessionName, terminateSessions } from '../../../databases/postgres/sessions.ts';
import type { TornDown } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { onSource } from '../../on-source.ts';
import { judge, type Judgement } from './judge.ts';
import { readingNotes, type NoteTopic } from './note-reader.ts';
import { collectionOf, lastPart, signalIdOf, signalPrefix, stopSignal, type Part } from './part.ts';
import { DOING, signalsOf } from './signals.ts';

const PATIENCE_SECONDS = 20;
const LOOK_AGAIN_MILLISECONDS = 250;

/**
 * Stops the part that was asked for last, unless it has ended, and removes the load's rows from the signal table, with those
 * that the connector wrote for it. The load must have been closed: whoever would ask for another part looks for that when
 * nobody else can insert a signal. What was published stays.
 * @throws TransientError, LoadFailedError
 */
export async function stopBySignal(load: Load): Promise<TornDown[]> {
  const part = await lastPart(load);
  if (!part) return [];
  // By a name that doesn't begin as those that are ended: tear-down may run twice at once.
  const session = { applicationName: `initial-load tear-down ${load.loadId}`, doing: DOING };
  return onSource(load, session, async (source) => {
    await terminateSessions(source, sessionName(load.loadId, ''));
    const stopped = await readingNotes(load, (notes) => stop(load, { source, notes, part }));
    const { table } = signalsOf(load);
    const rows = await removeSignals(source, table, { idPrefix: signalPrefix(load), since: part.since });
    const signals: TornDown[] = rows > 0 ? [{ type: 'signals', id: table, status: 'deleted' }] : [];
    return [...stopped, ...signals];
  });
}

async function stop(
  load: Load,
  { source, notes, part }: { source: Client; notes: NoteTopic; part: Part },
): Promise<TornDown[]> {
  const ask = async (): Promise<Judgement> =>
    judge(await notes.since(part.notesFrom), { id: signalIdOf(load, part), table: collectionOf(part.table) });
  if (hasEnded(await ask())) return [];
  await insertSignalOnce(source, signalsOf(load).table, stopSignal(load, part), async () => undefined);
  const id = `snapshot of ${part.table}`;
  for (let waited = 0; waited < PATIENCE_SECONDS * 1_000; waited += LOOK_AGAIN_MILLISECONDS) {
    if (hasEnded(await ask())) return [{ type: 'replay', id, status: 'deleted' }];
    await setTimeout(LOOK_AGAIN_MILLISECONDS);
  }
  const detail =
    'the connector has not answered: it finds both signals in the log, and stops, when it is there again, and leaves rows of a chunk in the signal table';
  return [{ type: 'replay', id, status: 'failed', detail }];
}

function hasEnded({ state }: Judgement): boolean {
  return state !== 'unseen' && state !== 'running';
}
