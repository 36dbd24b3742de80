import { setTimeout } from 'node:timers/promises';
import { hangUp, reconnect, type Client } from '../databases/postgres/connection.ts';
import { explainInLoad } from '../databases/postgres/errors.ts';
import { readJsonRows, selectJson } from '../databases/postgres/json-rows.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import { LoadFailedError } from '../errors.ts';
import { Cluster, type Topic } from '../kafka/cluster.ts';
import { eventIn, keyIn } from '../kafka/connector-record.ts';
import { explainKafka } from '../kafka/errors.ts';
import { KeySet } from '../kafka/key-set.ts';
import { readCommitted } from '../kafka/read-committed.ts';
import { withAdmin, type TopicAdmin } from '../kafka/topics.ts';
import type { TablePlan } from '../model.ts';
import type { Load } from '../services.ts';
import { sourceTableOf } from '../survey/loaded-tables.ts';

/** What a live topic holds of a table from some offsets on, beside what the source holds. */
export interface PublishedKeys {
  /** Rows of the source, within the request's `where`. */
  sourceRows: number;
  /** By partition, from where to where the topic was read, and how many records of a snapshot it has there. */
  partitions: { before: number; after: number; reads: number }[];
  /** Rows of the source of which the topic has no record, or of which the last one says that they are gone. */
  missing: number;
  /** Some of their keys, as JSON. */
  samples: string[];
}

/** More of them are counted, and not looked for again: then it is not the publisher's delay. */
const MOST_LOOKED_FOR = 10_000;
const MOST_SAMPLES = 5;
/** Connectors publish within seconds; what is not there by then is missing. */
const PATIENCE_SECONDS = 60;
const ASK_AGAIN_MILLISECONDS = 500;

interface Reading {
  cluster: Cluster;
  admin: TopicAdmin;
  topic: Topic;
  columns: string[];
  /** So far: `after` is what is read next. */
  partitions: PublishedKeys['partitions'];
}

/**
 * Whether every row that the source holds has a record in its live topic, at or after the given offsets, that the row's last
 * record doesn't take back. The topic is read from there to its end into a set of keys (KeySet says what that takes of
 * memory); then the source's keys are read and looked for; those that are missing are waited for, since their events may
 * be on their way. It says nothing of the values: that a snapshot's record is never older than an event before it is the
 * connector's own claim.
 *
 * @param from by partition, as positions.json has them in topicsBefore
 * @returns undefined when the time was over before it could tell: then it has to begin again
 * @throws LoadFailedError for a topic whose records aren't JSON, or don't have the row's key; TransientError
 */
export async function findUnpublished(
  load: Load,
  { table, topic: name, from }: { table: TablePlan; topic: string; from: number[] },
  until: Date,
): Promise<PublishedKeys | undefined> {
  const address = await load.services.resolveBrokers(load.request.topics?.brokers ?? '', 'topics.brokers');
  const cluster = new Cluster(address, `initial-load ${load.loadId}`);
  try {
    return await withAdmin(address, async (admin) => {
      const topic = await cluster.describeTopic(name);
      if (!topic) throw new LoadFailedError(`The topic ${name} is gone: somebody deleted it.`);
      const partitions = from.map((before) => ({ before, after: before, reads: 0 }));
      const reading = { cluster, admin, topic, columns: table.key ?? [], partitions };
      const published = new KeySet();
      const now = () => load.services.now();
      await readOn(reading, (key, alive) => published.set(key, alive), { now, until });
      const { rows, missing, unpublished } = await compareWithSource(load, table, published, { now, until });
      if (now() >= until) return undefined;
      const patience = new Date(Math.min(until.getTime(), now().getTime() + PATIENCE_SECONDS * 1_000));
      const late = await waitFor(reading, unpublished, { now, until: patience });
      const samples = [...unpublished].slice(0, MOST_SAMPLES);
      return { sourceRows: rows, partitions, missing: missing - late, samples };
    });
  } catch (error) {
    throw explainKafka(error, `Reading the topic ${name}`);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

interface Times {
  now(): Date;
  until: Date;
}

/** Reads what has come since. @param hear of each record, in order by key */
async function readOn(reading: Reading, hear: (key: string[], alive: boolean) => void, times: Times): Promise<void> {
  const { cluster, admin, topic, columns, partitions } = reading;
  const ends = await admin.committedEndsOf(topic.name);
  for (const [partition, to] of ends.entries()) {
    const part = partitions[partition];
    if (!part) throw new LoadFailedError(`The live topic ${topic.name} has got partitions: somebody changed it.`);
    for await (const batch of readCommitted(cluster, topic, partition, { from: part.after, to })) {
      if (times.now() >= times.until) return;
      for (const { key, value, offset } of batch) {
        if (!key) continue;
        const [values, event] = [keyIn(key, columns), eventIn(value)];
        if (!values || !event) throw unreadable(topic.name, partition, offset, columns);
        hear(values, !event.deleted);
        if (event.read) part.reads += 1;
      }
    }
    part.after = Math.max(part.after, to);
  }
}

function unreadable(topic: string, partition: number, offset: number, columns: string[]): LoadFailedError {
  return new LoadFailedError(
    `The record at offset ${offset} of ${topic}, partition ${partition}, is not JSON with the key ${columns.join(', ')}, ` +
      "so it can't be told what was published. It must be written by Kafka Connect's JsonConverter.",
  );
}

/** One snapshot of the source's keys. @returns those that don't live, as JSON, as long as they are not too many */
async function compareWithSource(load: Load, table: TablePlan, published: KeySet, { now, until }: Times) {
  const unpublished = new Set<string>();
  let [rows, missing] = [0, 0];
  const read = sourceTableOf(load, table);
  const columns = read.key?.columns ?? [];
  await withSource(load, async (source) => {
    for await (const block of readJsonRows(source, selectJson(read, [], {}))) {
      if (now() >= until) return;
      for (const { key } of block) {
        const values = key && keyIn(key, columns);
        if (!values) throw new Error(`The key of a row of ${table.source} is none that can be compared.`);
        rows += 1;
        if (published.lives(values)) continue;
        missing += 1;
        if (missing <= MOST_LOOKED_FOR) unpublished.add(JSON.stringify(values));
      }
    }
  });
  return { rows, missing, unpublished };
}

async function withSource(load: Load, work: (source: Client) => Promise<void>): Promise<void> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const source = await reconnect(address, { applicationName: sessionName(load.loadId, 'verify'), field });
  try {
    await work(source);
  } catch (error) {
    throw explainInLoad(error, "Reading the source's keys");
  } finally {
    // In the middle of COPY there is nothing else to do.
    await hangUp(source);
  }
}

/**
 * Until each of them has come, or has been deleted and that has come: either way the publisher had passed it. Takes them out.
 * @returns how many came
 */
async function waitFor(reading: Reading, unpublished: Set<string>, times: Times): Promise<number> {
  const wanted = unpublished.size;
  while (unpublished.size > 0 && unpublished.size < MOST_LOOKED_FOR && times.now() < times.until) {
    await readOn(reading, (key) => unpublished.delete(JSON.stringify(key)), times);
    if (unpublished.size > 0) await setTimeout(ASK_AGAIN_MILLISECONDS);
  }
  return wanted - unpublished.size;
}
