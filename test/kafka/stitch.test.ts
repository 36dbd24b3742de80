import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setPace } from '../support/loads.ts';
import { runSchedule, schedulesFrom, type Ended, type Schedule } from './stitch-schedule.ts';
import { StitchStage } from './stitch-stage.ts';

/** How many schedules there are: more for whoever has the time, STITCH_SCHEDULES=1000. */
const SCHEDULES = Number(process.env['STITCH_SCHEDULES'] ?? 100);
const AT_ONCE = 4;
/** By those that write at a time. Nobody writes while a schedule begins or ends: asked are 1,000 in all of the time. */
const CHANGES_PER_SECOND = 1_600;

let stage: StitchStage;
beforeAll(async () => {
  // Of the steps' waits, which are for loads of hours.
  setPace(5);
  stage = await StitchStage.open();
}, 180_000);
afterAll(() => stage.close());

async function runAll(schedules: Schedule[]): Promise<Ended[]> {
  const left = [...schedules];
  const ended: Ended[] = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let schedule = left.shift(); schedule; schedule = left.shift()) {
        ended.push(await runSchedule(stage, schedule));
      }
    }),
  );
  return ended;
}

function sum(ended: Ended[], count: (one: Ended) => number): number {
  return ended.reduce((total, one) => total + count(one), 0);
}

function reported(ended: Ended[]): string {
  const [gaps, resurrected, stale] = (['gaps', 'resurrected', 'stale'] as const).map((what) =>
    sum(ended, ({ converged, end }) => converged[what] + end[what]),
  );
  return `${ended.length} schedules, ${gaps} gaps, ${resurrected} resurrected rows, ${stale} stale rows`;
}

test(
  `${SCHEDULES} seeded schedules of writers, pauses, late commits and kills end with the source's rows at the consumer, and show none other once it has converged`,
  async () => {
    const begun = Date.now();
    const ended = await runAll(schedulesFrom(1, SCHEDULES, CHANGES_PER_SECOND / AT_ONCE));
    const seconds = (Date.now() - begun) / 1_000;
    const changes = sum(ended, (one) => one.changes);
    console.log(
      `${reported(ended)}\n${changes} changes in ${Math.round(seconds)} s: ${Math.round(changes / seconds)} a second, ` +
        `${stage.pauses} pauses of the publisher, ${sum(ended, ({ harmedLoads }) => harmedLoads)} loads killed or stopped, ` +
        `${sum(ended, ({ schedule }) => (schedule.consumer ? 1 : 0))} consumers, ` +
        `${sum(ended, ({ schedule }) => (schedule.lateCommit ? 1 : 0))} late commits`,
    );
    const wrong = ended.filter(({ converged, end }) =>
      [...Object.values(converged), ...Object.values(end)].some(Boolean),
    );
    expect(wrong).toEqual([]);
    for (const { conditions } of ended) {
      expect(conditions.get('writers-ended')).toBe('checked');
      expect(conditions.get('publisher-passed')).toBe('checked');
    }
    expect(ended).toHaveLength(SCHEDULES);
  },
  SCHEDULES * 20_000 + 60_000,
);

test('a publisher that is killed, and publishes some of it again when it is started, leaves no row wrong', async () => {
  const { converged, end, conditions } = await runSchedule(stage, {
    seed: 900_000,
    changesPerSecond: 250,
    publisherKilled: true,
  });
  const none = { gaps: 0, resurrected: 0, stale: 0 };
  expect({ converged, end }).toEqual({ converged: none, end: none });
  expect(conditions.get('publisher-passed')).toBe('checked');
});

test('without the wait for who was writing, a commit that was published before it could be seen is missing for good', async () => {
  const schedule: Schedule = { seed: 900_001, changesPerSecond: 250, lateCommit: 'unacknowledged', without: 'writers' };
  const { end } = await runSchedule(stage, schedule);
  console.log(`without the wait for writers: ${JSON.stringify(end)}`);
  expect(end.gaps).toBeGreaterThan(0);
  expect(end.resurrected).toBeGreaterThan(0);
  expect(end.stale).toBeGreaterThan(0);
});

test('without the wait for the publisher, rows that the consumer takes for converged are not those of the topic', async () => {
  const schedule: Schedule = { seed: 900_002, changesPerSecond: 250, paused: true, without: 'publisher' };
  const { converged, end, conditions } = await runSchedule(stage, schedule);
  console.log(`without the wait for the publisher: ${JSON.stringify(converged)}`);
  expect(converged.gaps + converged.resurrected + converged.stale).toBeGreaterThan(0);
  expect(conditions.get('publisher-passed')).toBe('unknown');
  // Later events make up for it.
  expect(end).toEqual({ gaps: 0, resurrected: 0, stale: 0 });
});
