import type { TopicState } from '@aws-sdk/client-kafka';
import type { NewTopic } from '../../../src/kafka/topic-changes.ts';
import type { BehindMsk } from './brokers.ts';

/** Everything that the stand-in knows. Times are by its clock. */
export interface World {
  now(): Date;
  clusterArn: string;
  behind: BehindMsk;
  /** How long making or removing a topic takes, and by how much answers lag behind. */
  workSeconds: number;
  lagSeconds: number;
  topics: Map<string, Topic>;
  /** What the brokers are still to do, in order. */
  due: { at: number; act(): Promise<void> }[];
}

/** A topic that was made or removed through MSK. */
export interface Topic extends NewTopic {
  /** What became of it, and when; without a status it is gone. */
  history: { at: number; status?: TopicState }[];
}

export function secondsFromNow({ now }: World, seconds: number): number {
  return now().getTime() + seconds * 1_000;
}

/** Has the brokers do what is due by the clock. */
export async function catchUp(world: World): Promise<void> {
  for (;;) {
    const next = world.due.find(({ at }) => at <= world.now().getTime());
    if (next === undefined) return;
    world.due = world.due.filter((one) => one !== next);
    await next.act();
  }
}

/** What a topic was at some time. */
export function statusAt({ history }: Topic, at: number): TopicState | undefined {
  return history.findLast((entry) => entry.at <= at)?.status;
}

export function topicArnOf({ clusterArn }: World, name: string): string {
  return `${clusterArn.replace(':cluster/', ':topic/')}/${name}`;
}
