import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { follow } from '../../examples/consumer.ts';
import type { Rows } from './published.ts';
import type { StitchStage } from './stitch-stage.ts';
import type { Told } from './stitched-load.ts';
import type { Row } from './written-table.ts';

/** The consumer's rows, and how far they are: of one moment. */
export interface Seen {
  positions: number[];
  rows: Rows;
}
export interface FollowingConsumer {
  /** When it said so, or soon after. */
  converged: Promise<Seen>;
  stop(): Promise<void>;
}

const SAMPLE_MILLISECONDS = 20;

export async function see(stage: StitchStage, table: string, topic: string): Promise<Seen> {
  const {
    rows: [seen],
  } = await stage.target.query<{ positions: string[] | null; rows: Row[] | null }>(
    `select (select array_agg(next order by partition) from consumer_offsets where topic = $1) as positions,
            (select json_agg(t) from ${table} t) as rows`,
    [topic],
  );
  return {
    positions: (seen!.positions ?? []).map(Number),
    rows: new Map((seen!.rows ?? []).map((row) => [row.id, row])),
  };
}

/** In this process, where it stands still while it is looked at. */
export async function followHere(
  stage: StitchStage,
  told: Told,
  table: string,
  topic: string,
): Promise<FollowingConsumer> {
  const database = new Client({ connectionString: stage.postgres.url('target') });
  await database.connect();
  const enough = new AbortController();
  const { promise: converged, resolve, reject } = Promise.withResolvers<Seen>();
  const following = follow({
    notification: told,
    database,
    brokers: [stage.brokers],
    signal: enough.signal,
    onConverged: async () => resolve(await see(stage, table, topic)),
  });
  following.catch(reject);
  return {
    converged,
    async stop() {
      enough.abort();
      await following;
      await database.end();
    },
  };
}

/**
 * In processes: one is killed, or stopped and overtaken by another one and then continued; so two of them write for a while.
 * Both are harmed before anybody asks whether the rows have converged.
 */
export async function followInProcesses(
  stage: StitchStage,
  told: Told,
  { table, topic, harm, random }: { table: string; topic: string; harm: 'kill' | 'stop'; random: () => number },
): Promise<FollowingConsumer> {
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-stitch-'));
  const notification = join(directory, 'notification.json');
  await writeFile(notification, JSON.stringify(told));
  const running: ChildProcess[] = [];
  const startAnother = () => {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      DATABASE_URL: stage.postgres.url('target'),
      BROKERS: stage.brokers,
    };
    const child = spawn(process.execPath, ['examples/consumer.ts', notification], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    running.push(child);
    return child;
  };
  const first = startAnother();
  // Somewhere between its first event and its last one, mostly.
  await begun(stage, told, topic);
  await delay(random() * 300);
  first.kill(harm === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  startAnother();
  if (harm === 'stop') void delay(300 + random() * 700).then(() => first.kill('SIGCONT'));
  return {
    converged: whenConverged(stage, told, table, topic),
    async stop() {
      await Promise.all(
        running.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          child.kill('SIGKILL');
          await once(child, 'exit');
        }),
      );
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function begun(stage: StitchStage, told: Told, topic: string): Promise<void> {
  const starts = told.stitchPoint!.topics![0]!.partitions;
  for (;;) {
    const next = 'select next from consumer_offsets where topic = $1 order by partition';
    const { rows } = await stage.target.query<{ next: string }>(next, [topic]);
    if (rows.some((row, partition) => Number(row.next) > starts[partition]!.startAt)) return;
    await delay(SAMPLE_MILLISECONDS);
  }
}

async function whenConverged(stage: StitchStage, told: Told, table: string, topic: string): Promise<Seen> {
  const ends = told.stitchPoint!.topics![0]!.partitions.map(({ convergedAt }) => convergedAt);
  for (;;) {
    const seen = await see(stage, table, topic);
    if (ends.every((end, partition) => seen.positions[partition]! >= end)) return seen;
    await delay(SAMPLE_MILLISECONDS);
  }
}
