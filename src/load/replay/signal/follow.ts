import { setTimeout } from 'node:timers/promises';
import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import { tellWaitingFor } from '../../waiting-for.ts';
import { judge, type Judgement } from './judge.ts';
import type { NoteTopic } from './note-reader.ts';
import { collectionOf, signalIdOf, type Part } from './part.ts';
import { signalsOf } from './signals.ts';

const LOOK_AGAIN_MILLISECONDS = 500;
/** After so long without a word the invocation ends, and the load is called again later. */
const SILENT_SECONDS = 60;
/** A connector hears of a signal within seconds, and of one that came while it was away when it is back. */
const UNHEARD_MINUTES = 10;

export type Ended = Extract<Judgement, { state: 'done' | 'overtaken' }>;

/**
 * Watches a part until it has ended, and asks for it when nobody has. @returns undefined when it hasn't yet: the time is over, or nothing was said for a while
 * @throws LoadFailedError when the connector says that it failed, or has not heard of it for ten minutes
 */
export async function followPart(
  { load, notes, part, ask }: { load: Load; notes: NoteTopic; part: Part; ask(): Promise<void> },
  until: Date,
): Promise<Ended | undefined> {
  const { now } = load.services;
  let [heard, heardAt] = [-1, now()];
  let told: { words: string | undefined } | undefined;
  for (;;) {
    const said = await notes.since(part.notesFrom);
    if (said.length !== heard) [heard, heardAt] = [said.length, now()];
    const judged = judge(said, { id: signalIdOf(load, part), table: collectionOf(part.table) });
    if (judged.state === 'done' || judged.state === 'overtaken') return judged;
    if (judged.state === 'failed')
      throw new LoadFailedError(`The connector's snapshot of ${part.table} failed: ${judged.why}.`);
    if (judged.state === 'unseen') {
      assertHeardOf(load, part);
      await ask();
    }
    const words = describe(judged);
    if (words !== told?.words || !told) await tellWaitingFor(load, words);
    told = { words };
    const silentSeconds = (now().getTime() - heardAt.getTime()) / 1_000;
    if (now() >= until || silentSeconds > SILENT_SECONDS) return undefined;
    await setTimeout(LOOK_AGAIN_MILLISECONDS);
  }
}

function describe(judged: Extract<Judgement, { state: 'unseen' | 'running' }>): string | undefined {
  if (judged.state === 'unseen') return 'the connector to hear of the signal';
  if (judged.paused) return "the connector's snapshot to be resumed: somebody paused it";
  if (judged.behind.length > 0) return `the connector, which also reads ${judged.behind.join(', ')} for somebody else`;
  return undefined;
}

function assertHeardOf(load: Load, { askedAt }: Part): void {
  const waitedMinutes = (load.services.now().getTime() - Date.parse(askedAt)) / 60_000;
  if (waitedMinutes < UNHEARD_MINUTES) return;
  const { table, notifications } = signalsOf(load);
  throw new LoadFailedError(
    `The connector said nothing of the signal in ${table} within ${UNHEARD_MINUTES} minutes. It must be running, with ` +
      `signal.data.collection ${table}, that table in its publication, notification.enabled.channels sink and ` +
      `notification.sink.topic.name ${notifications}.`,
  );
}
