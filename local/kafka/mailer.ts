import { Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import type { LoadedTopic, Notification, ReplayedTopic } from '../../src/model.ts';

/** A partition's topic and number, and the offset of the record that ends it. */
type End = { topic: string; partition: number; sentinel: number };

interface Mailer {
  /** `host:port,…` */
  brokers: string;
  group: string;
}

/**
 * Stands for the consuming app: reads what was loaded for it, up to the sentinel of each partition, and commits that. A
 * mailer would upsert by key; this one counts.
 * @returns how many rows it read
 */
export async function readLoadedTopics({ topics = [], loadId }: Notification, who: Mailer): Promise<number> {
  const consumer = consumerOf(who);
  try {
    const open = endsOf(topics);
    let rows = 0;
    const stream = await consumer.consume({
      topics: topics.map(({ topic }) => topic),
      mode: MessagesStreamModes.EARLIEST,
    });
    for await (const { topic, partition, offset, headers } of stream) {
      const isRow = headers.get('initial-load') === `${loadId} row`;
      if (isRow) rows += 1;
      else if (Number(offset) === open.get(`${topic}/${partition}`)?.sentinel) open.delete(`${topic}/${partition}`);
      if (open.size === 0) break;
    }
    // Beyond the sentinels: that says that all of it was read.
    const offsets = [...endsOf(topics).values()].map(({ topic, partition, sentinel }) => {
      return { topic, partition, offset: BigInt(sentinel + 1), leaderEpoch: -1 };
    });
    await consumer.commit({ offsets });
    return rows;
  } finally {
    await consumer.close(true);
  }
}

/** Reads live topics from where the load began to where it ended. @returns how many of its rows there are */
export async function readReplayedTopics({ replayed = [], loadId }: Notification, who: Mailer): Promise<number> {
  const consumer = consumerOf(who);
  try {
    const stream = await consumer.consume({
      topics: replayed.map(({ topic }) => topic),
      mode: MessagesStreamModes.MANUAL,
      offsets: startsOf(replayed),
    });
    const wanted = rowsOf(replayed);
    let rows = 0;
    for await (const { headers } of stream) {
      if (headers.get('initial-load') === `${loadId} row`) rows += 1;
      if (rows === wanted) break;
    }
    return rows;
  } finally {
    await consumer.close(true);
  }
}

function consumerOf({ brokers, group }: Mailer) {
  return new Consumer({
    groupId: group,
    clientId: 'mailer',
    bootstrapBrokers: brokers.split(','),
    deserializers: stringDeserializers,
    autocommit: false,
  });
}

function startsOf(replayed: ReplayedTopic[]) {
  return replayed.flatMap(({ topic, partitions }) =>
    partitions.map(({ before }, partition) => ({ topic, partition, offset: BigInt(before) })),
  );
}

function rowsOf(replayed: ReplayedTopic[]): number {
  return replayed.flatMap(({ partitions }) => partitions).reduce((sum, { rows }) => sum + rows, 0);
}

function endsOf(topics: LoadedTopic[]): Map<string, End> {
  const ends = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ sentinel }, partition): [string, End] => [
      `${topic}/${partition}`,
      { topic, partition, sentinel },
    ]),
  );
  return new Map(ends);
}
