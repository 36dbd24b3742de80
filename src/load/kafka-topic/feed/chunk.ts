import { findChunkEnd } from '../../../databases/postgres/chunks.ts';
import type { Client } from '../../../databases/postgres/connection.ts';
import { readJsonRows, selectJson } from '../../../databases/postgres/json-rows.ts';
import type { ReadTable } from '../../../databases/source-engine.ts';
import type { Cluster, Topic } from '../../../kafka/cluster.ts';
import type { EncodedHeaders } from '../../../kafka/record-batch.ts';
import type { TransactionalProducer } from '../../../kafka/transactional-producer.ts';
import type { KeyRange, TablePlan } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { positionOf, type Checkpoint } from './checkpoint.ts';
import { Outbox } from './outbox.ts';
import type { Pacer } from './pacer.ts';

/** What one invocation of one shard feeds with. */
export interface Feed {
  load: Load;
  cluster: Cluster;
  producer: TransactionalProducer;
  /** In a transaction with one snapshot. */
  source: Client;
  pacer: Pacer;
  headers: EncodedHeaders;
  chunkRows: number;
}

/** A table with its topic, and everything that reading it needs. */
export interface FedTable {
  plan: TablePlan;
  read: ReadTable;
  topic: Topic;
  mostBytes: number;
}

/** Feeds the next chunk of a key range: rows and checkpoint in one transaction of the brokers. @returns the new checkpoint */
export async function feedChunk(feed: Feed, table: FedTable, range: KeyRange, from: Checkpoint): Promise<Checkpoint> {
  const { load, producer, source, pacer, headers, chunkRows } = feed;
  const { read, plan, topic, mostBytes } = table;
  const start = from.position ?? range.from;
  const bounds = { ...(start && { from: start }), ...(range.to && { to: range.to }) };
  const end = read.key ? await findChunkEnd(source, read, bounds, chunkRows) : undefined;
  await producer.begin(topic);
  const outbox = new Outbox({ producer, topic, headers, mostBytes }, pacer, load.services.now);
  let [rows, bytes] = [0, 0];
  for await (const block of readJsonRows(
    source,
    selectJson(read, plan.columns, end ? { ...bounds, to: end } : bounds),
  )) {
    await outbox.add(block);
    rows += block.length;
    for (const { value } of block) bytes += value.length;
  }
  await outbox.flush();
  const reached: Checkpoint = {
    chunks: from.chunks + 1,
    ...(end && { position: end }),
    done: end === undefined,
    rows: from.rows + rows,
    bytes: from.bytes + bytes,
  };
  await producer.commit(positionOf(load, range, reached));
  return reached;
}
