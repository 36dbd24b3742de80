import { setTimeout } from 'node:timers/promises';
import { findWriters } from '../../../databases/postgres/position.ts';
import type { Client } from '../../../databases/postgres/connection.ts';
import type { ReadTable } from '../../../databases/source-engine.ts';
import { LoadFailedError } from '../../../errors.ts';
import type { TopicAdmin } from '../../../kafka/topics.ts';
import type { KeyRange, LiveTopicPlan, QualifiedName, SourcePositions, TablePlan } from '../../../model.ts';
import { positionsDocument } from '../../../store/documents.ts';
import { sourceTableOf } from '../../../survey/loaded-tables.ts';
import type { CheckpointPlace } from '../../../target/topics/checkpoint.ts';
import type { Feed } from '../../../target/topics/feed.ts';
import { checkpointGroup } from '../../../target/topics/names.ts';
import { openTopic, type OpenTopic } from '../../../target/topics/open-topics.ts';
import { readFromOf, tableFormatOf, type TableFormat } from '../../../target/topics/table-format.ts';
import { KeyReader } from './keys.ts';
import { LiveEvents } from './live-events.ts';

/** What one invocation replays with. */
export interface Replay {
  feed: Feed;
  admin: TopicAdmin;
  source: Client;
}

/** A table and its live topic, with what others publish to that meanwhile. */
export interface ReplayedTable {
  plan: TablePlan;
  read: ReadTable;
  topic: OpenTopic;
  format: TableFormat;
  keys: KeyReader;
  events: LiveEvents;
  /** Whether every event before the window is of something that who reads now can see. */
  isSafe: boolean;
  placeOf(range: KeyRange): CheckpointPlace;
}

/** Who writes for longer is not waited for: then more of what is published has to be looked at. */
const PATIENCE_MILLISECONDS = 200;
const LOOK_AGAIN_MILLISECONDS = 20;

/** The plan's tables, each with its window as the load's position has it. @throws LoadFailedError when a topic was changed */
export async function openTables(replay: Replay): Promise<(name: QualifiedName) => ReplayedTable> {
  const { load } = replay.feed;
  const positions = await load.documents.need(positionsDocument);
  const tables = new Map<QualifiedName, ReplayedTable>();
  for (const live of load.plan.liveTopics ?? []) tables.set(live.table, await openTable(replay, live, positions));
  return (name) => {
    const table = tables.get(name);
    if (!table) throw new Error(`The plan of load ${load.loadId} has no live topic for ${name}.`);
    return table;
  };
}

async function openTable(
  { feed, admin }: Replay,
  live: LiveTopicPlan,
  { before, topicsBefore }: SourcePositions,
): Promise<ReplayedTable> {
  const { load, cluster, producer } = feed;
  const plan = load.plan.tables.find(({ source }) => source === live.table);
  if (!plan?.key) throw new Error(`The plan of load ${load.loadId} has no table ${live.table} with a key.`);
  const begun = topicsBefore?.topics.find(({ table }) => table === live.table)?.partitions;
  if (!begun) throw new LoadFailedError(`It is not known where the live topic ${live.topic} ended before the load.`);
  const topic = await openTopic(cluster, admin, { name: live.topic, partitions: live.partitions });
  const keys = new KeyReader(live, plan.key);
  const isOwn = producer.hasAppended.bind(producer);
  const start = begun.map(({ next }) => next);
  return {
    plan,
    read: sourceTableOf(load, plan),
    topic,
    format: tableFormatOf(load, plan, live.format, await readFromOf(load)),
    keys,
    events: new LiveEvents({ cluster, topic: topic.topic, keys, isOwn }, start),
    isSafe: before?.writersLeft?.length === 0,
    placeOf: (range) => ({ group: checkpointGroup(load, range.id), topic: live.topic }),
  };
}

/**
 * Begins the window anew at the topic's end, once whoever was writing then has ended: a commit is published a moment before
 * others see it. While somebody writes for longer the window stays, and is read up to the end, so that rows of which the
 * topic has told since are left out.
 */
export async function renewWindow({ admin, source }: Replay, table: ReplayedTable): Promise<void> {
  const ends = (await admin.offsetsOf(table.topic.topic.name)).map(({ next }) => next);
  const writers = await findWriters(source, [table.plan.source]);
  if (await haveEnded(source, table.plan.source, writers)) {
    table.events.beginAt(ends);
    table.isSafe = true;
  } else await table.events.readTo(ends);
}

async function haveEnded(source: Client, table: QualifiedName, writers: string[]): Promise<boolean> {
  let left = writers;
  for (let waited = 0; left.length > 0; waited += LOOK_AGAIN_MILLISECONDS) {
    if (waited >= PATIENCE_MILLISECONDS) return false;
    await setTimeout(LOOK_AGAIN_MILLISECONDS);
    const writing = await findWriters(source, [table]);
    left = left.filter((writer) => writing.includes(writer));
  }
  return true;
}
