import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '../local/moving-table.ts';
import { compare, readPublished, rowsAt, type Differences } from './published.ts';
import type { StitchStage } from './stitch-stage.ts';
import { followHere, followInProcesses, see, type Seen } from './stitched-consumer.ts';
import { loadHere, loadInProcesses, type Told } from './stitched-load.ts';
import { commitLate, Writer, type Row } from './written-table.ts';

/** One alone waits for its commits, and makes fewer changes than it is asked for. */
const WRITERS = 4;

/** What happens while one table is loaded and followed. Moments and changes come of the seed. */
export interface Schedule {
  seed: number;
  changesPerSecond: number;
  lateCommit?: 'open' | 'unacknowledged' | undefined;
  /** Nothing is published from the copying until some time after its end. */
  paused?: boolean | undefined;
  /** Killed before the copying, started after it: what it had published and not noted is published twice. */
  publisherKilled?: boolean;
  load?: 'kill' | 'stop' | undefined;
  consumer?: 'kill' | 'stop' | undefined;
  /** For showing that the test would notice: a wait of the stitch point is taken out. */
  without?: 'writers' | 'publisher' | undefined;
}
export interface Ended {
  schedule: Schedule;
  changes: number;
  /** Processes of the load that were killed or stopped before they had ended. */
  harmedLoads: number;
  /** Against the topic's events up to where the consumer was when it had converged. */
  converged: Differences;
  /** Against the source, when nobody writes any more. */
  end: Differences;
  conditions: Map<string, string>;
}

/** Seeded schedules, each with another mixture: every second commits late, every third is paused, and so on. */
export function schedulesFrom(first: number, count: number, changesPerSecond: number): Schedule[] {
  return Array.from({ length: count }, (_, index) => {
    const seed = first + index;
    return {
      seed,
      changesPerSecond,
      lateCommit: (['unacknowledged', undefined, 'open', 'unacknowledged', undefined] as const)[seed % 5],
      paused: seed % 3 === 0,
      load: ({ 1: 'kill', 6: 'stop' } as const)[seed % 10],
      consumer: ({ 2: 'kill', 5: 'stop' } as const)[seed % 7],
    };
  });
}

export async function runSchedule(stage: StitchStage, schedule: Schedule): Promise<Ended> {
  const { seed, changesPerSecond } = schedule;
  const random = randomFrom(seed);
  const table = `hr.s${seed}`;
  const topic = await stage.makeTable(table);
  // What is found then is not merely a topic that was still empty.
  if (schedule.without) await stage.published();
  const url = stage.postgres.url('source');
  const writers = Array.from(
    { length: WRITERS },
    (_, at) => new Writer({ url, table, seed: seed * WRITERS + at, changesPerSecond: changesPerSecond / WRITERS }),
  );
  await delay(random() * 300);
  const { told, harmedLoads } = await load(stage, schedule, { table, random });
  const consumer = schedule.consumer
    ? await followInProcesses(stage, told, { table, topic, harm: schedule.consumer, random })
    : await followHere(stage, told, table, topic);
  const converged = await consumer.converged;
  await delay(random() * 300);
  for (const writer of writers) await writer.stop();
  await stage.published();
  const ends = await stage.endsOf(topic);
  const last = await untilAt(stage, table, topic, ends);
  await consumer.stop();
  const events = await readPublished(stage.brokers, topic, ends);
  const { rows } = await stage.source.query<Row>(`select * from ${table}`);
  return {
    schedule,
    changes: writers.reduce((sum, { changes }) => sum + changes, 0),
    harmedLoads,
    converged: compare(rowsAt(events, converged.positions), converged.rows),
    end: compare(new Map(rows.map((row) => [row.id, row])), last.rows),
    conditions: new Map(told.stitchPoint!.conditions.map(({ condition, certainty }) => [condition, certainty])),
  };
}

async function load(
  stage: StitchStage,
  { seed, lateCommit, paused, publisherKilled, load: harm, without }: Schedule,
  { table, random }: { table: string; random: () => number },
): Promise<{ told: Told; harmedLoads: number }> {
  const late = lateCommit && (await commitLate(lateCommit, { url: stage.postgres.url('source'), table, seed }));
  // So that E0 lies behind it.
  if (lateCommit === 'unacknowledged') await stage.published();
  // Without the wait for writers it is still not seen when the last row has been read.
  let releasing = without === 'writers' ? undefined : later(random() * 1_000, async () => late?.release());
  let resume: (() => Promise<void>) | undefined;
  let resuming: Promise<void> | undefined;
  const hold = async () => {
    if (paused) resume = await stage.hold();
    if (publisherKilled) await stage.debezium.kill();
  };
  const loaded = async () => {
    releasing ??= late?.release();
    if (publisherKilled) await stage.debezium.start();
    // For a schedule that doesn't wait for the publisher, when its consumer has been looked at.
    resuming = later(without === 'publisher' ? 3_000 : random() * 800, async () => resume?.());
  };
  try {
    if (!harm) {
      const told = await loadHere(stage, { table, without, whileCopying: hold, copied: loaded });
      return { told, harmedLoads: 0 };
    }
    const holding = later(random() * 2_000, hold).then(loaded);
    const { told, harmed } = await loadInProcesses(stage, { table, harm, random });
    await holding;
    return { told, harmedLoads: harmed };
  } finally {
    await releasing;
    if (without !== 'publisher') await resuming;
  }
}

async function later(milliseconds: number, act: () => Promise<void>): Promise<void> {
  await delay(milliseconds);
  await act();
}

async function untilAt(stage: StitchStage, table: string, topic: string, ends: number[]): Promise<Seen> {
  for (;;) {
    const seen = await see(stage, table, topic);
    if (ends.every((end, partition) => seen.positions[partition]! >= end)) return seen;
    await delay(25);
  }
}
