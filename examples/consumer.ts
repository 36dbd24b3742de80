/**
 * A consumer that was given its rows by an initial load and goes on with the live topic, from Debezium into PostgreSQL:
 *
 *     DATABASE_URL=postgres://… BROKERS=localhost:9092 node examples/consumer.ts notification.json
 *
 * The notification is what the load told when it had succeeded. Four things make it right, whatever is killed and when:
 *
 * - it begins at `startAt` of each partition, not at the topic's end: what was committed while the load ran is there;
 * - it upserts and deletes by key, so that an event of something that the load has copied already does no harm;
 * - it stores how far it is in the transaction that changes the rows: nothing is skipped, and nothing older applied again;
 * - it trusts its rows only from `convergedAt` on: until then a row may go back for a moment to what it was before.
 *
 * The table needs its key, and no other unique constraint: partitions are not in step, so for a moment two rows may hold a
 * value that only one had at a time. Have the connector write values as PostgreSQL reads them (`decimal.handling.mode` string,
 * `time.precision.mode` isostring).
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  Consumer,
  MessagesStreamFallbackModes,
  MessagesStreamModes,
  stringDeserializers,
  type Message,
} from '@platformatic/kafka';
import { Client } from 'pg';

/** The part of the notification that matters here. */
export interface Notification {
  tables: { source: string; target: string }[];
  stitchPoint?: { topics?: LiveTopic[] };
}
interface LiveTopic {
  table: string;
  topic: string;
  partitions: { startAt: number; convergedAt: number }[];
}
type Event = Message<string, string, string, string>;

/** How far the rows are. It stands beside them, in the same database. */
export const OFFSETS_TABLE = `create table if not exists consumer_offsets
  (topic text, partition int, next bigint not null, primary key (topic, partition))`;
const MOST_EVENTS_AT_ONCE = 1_000;

/** Follows the live topics until the signal says that it is enough. */
export async function follow(options: {
  notification: Notification;
  database: Client;
  brokers: string[];
  signal: AbortSignal;
  onConverged: () => Promise<void> | void;
}): Promise<void> {
  const { notification, database, signal } = options;
  const topics = notification.stitchPoint?.topics ?? [];
  await database.query(OFFSETS_TABLE);
  await joinAt(database, topics);
  const offsets = await readOffsets(database, topics);
  const consumer = new Consumer({
    // Where it goes on is told by its own table. So nobody shares the group, and a killed predecessor is not waited for.
    groupId: `mailer-${randomUUID()}`,
    clientId: 'mailer',
    bootstrapBrokers: options.brokers,
    deserializers: stringDeserializers,
    autocommit: false,
  });
  try {
    const names = topics.map(({ topic }) => topic);
    const stream = await consumer.consume({
      topics: names,
      mode: MessagesStreamModes.MANUAL,
      offsets,
      // Where the topic no longer holds the place, going on elsewhere would leave a gap that nobody sees.
      fallbackMode: MessagesStreamFallbackModes.FAIL,
    });
    // The client fetches as long as somebody listens.
    stream.on('readable', () => {});
    for (let converged = false; !signal.aborted;) {
      if (!converged && (await hasConverged(database, topics))) {
        converged = true;
        await options.onConverged();
      }
      const events: Event[] = [];
      for (let event; events.length < MOST_EVENTS_AT_ONCE && (event = stream.read() as Event | null) !== null;) {
        events.push(event);
      }
      for (const { topic, table } of topics) {
        const own = events.filter((event) => event.topic === topic);
        const target = notification.tables.find(({ source }) => source === table)!.target;
        if (own.length > 0) await apply(database, { topic, target, events: own });
      }
      if (events.length === 0) await once(stream, 'readable', { signal }).catch(unlessAborted);
    }
  } finally {
    await consumer.close(true);
  }

  function unlessAborted(error: unknown): void {
    if (!signal.aborted) throw error;
  }
}

/** The first time at the stitch point; from then on its own offsets count. */
async function joinAt(database: Client, topics: LiveTopic[]): Promise<void> {
  for (const { topic, partitions } of topics) {
    for (const [partition, { startAt }] of partitions.entries()) {
      const join = 'insert into consumer_offsets values ($1, $2, $3) on conflict do nothing';
      await database.query(join, [topic, partition, startAt]);
    }
  }
}

async function readOffsets(database: Client, topics: LiveTopic[]) {
  const known = 'select topic, partition, next from consumer_offsets where topic = any($1)';
  const { rows } = await database.query<{ topic: string; partition: number; next: string }>(known, [
    topics.map(({ topic }) => topic),
  ]);
  return rows.map(({ topic, partition, next }) => ({ topic, partition, offset: BigInt(next) }));
}

async function hasConverged(database: Client, topics: LiveTopic[]): Promise<boolean> {
  const offsets = await readOffsets(database, topics);
  return topics.every(({ topic, partitions }) =>
    partitions.every(({ convergedAt }, partition) =>
      offsets.some((it) => it.topic === topic && it.partition === partition && it.offset >= convergedAt),
    ),
  );
}

/** Rows and offsets in one transaction. Of several events of one row the last one counts. */
async function apply(
  database: Client,
  { topic, target, events }: { topic: string; target: string; events: Event[] },
): Promise<void> {
  await database.query('begin');
  // Locked: another consumer that believes to be the only one waits here, and then finds that it is behind.
  const { rows } = await database.query<{ partition: number; next: string }>(
    'select partition, next from consumer_offsets where topic = $1 order by partition for update',
    [topic],
  );
  const next = new Map(rows.map((row) => [row.partition, BigInt(row.next)]));
  const lastOfKey = new Map<string, string | null>();
  for (const { partition, offset, key, value } of events) {
    if (offset < next.get(partition)!) continue;
    next.set(partition, offset + 1n);
    lastOfKey.set(key, rowIn(value));
  }
  if (lastOfKey.size > 0) {
    const keys = [...lastOfKey.keys()];
    const columns = Object.keys(JSON.parse(keys[0]!) as object).map((name) => `"${name.replaceAll('"', '""')}"`);
    const same = columns.map((column) => `old.${column} = key.${column}`).join(' and ');
    await database.query(
      `delete from ${target} old using unnest($1::jsonb[]) as message, jsonb_populate_record(null::${target}, message) as key
         where ${same}`,
      [keys],
    );
    // The message goes on as text: a JavaScript number would round the digits of a large one.
    await database.query(
      `insert into ${target} select row.* from unnest($1::jsonb[]) as message,
         jsonb_populate_record(null::${target}, coalesce(message -> 'after', message)) as row`,
      [[...lastOfKey.values()].filter((value) => value !== null)],
    );
  }
  const advance = 'update consumer_offsets set next = $3 where topic = $1 and partition = $2';
  for (const [partition, offset] of next) await database.query(advance, [topic, partition, offset]);
  await database.query('commit');
}

/** The message when it holds a row, with Debezium's envelope or flattened (ExtractNewRecordState); none after a delete. */
function rowIn(value: string | undefined): string | null {
  if (value === undefined || value === null || value === '') return null;
  const event = JSON.parse(value) as { op?: string; after?: object | null; __deleted?: string };
  const deleted = event.op === 'd' || event.after === null || event['__deleted'] === 'true';
  return deleted ? null : value;
}

if (import.meta.main) {
  const notification = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as Notification;
  const database = new Client({ connectionString: process.env['DATABASE_URL'] });
  await database.connect();
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  const onConverged = () =>
    console.log('Converged: from here on the rows are those of the source, as it is published.');
  await follow({
    notification,
    database,
    brokers: process.env['BROKERS']!.split(','),
    signal: stop.signal,
    onConverged,
  });
  await database.end();
}
