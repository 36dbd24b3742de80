import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Consumer, MessagesStreamModes, stringDeserializers, type Message } from '@platformatic/kafka';
import type { Row } from './written-table.ts';

export interface PublishedEvent {
  partition: number;
  offset: number;
  id: number;
  row: Row | null;
}
export type Rows = Map<number, Row>;
/** What one of them has and the other hasn't, or has otherwise. */
export interface Differences {
  gaps: number;
  resurrected: number;
  stale: number;
}

/** The whole topic, from its first event up to the ends that are given. */
export async function readPublished(brokers: string, topic: string, ends: number[]): Promise<PublishedEvent[]> {
  const consumer = new Consumer({
    groupId: `test-${randomUUID()}`,
    clientId: 'test',
    bootstrapBrokers: [brokers],
    deserializers: stringDeserializers,
    autocommit: false,
  });
  const events: PublishedEvent[] = [];
  const next = ends.map(() => 0);
  try {
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 200 });
    // The client fetches as long as somebody listens.
    stream.on('readable', () => {});
    while (ends.some((end, partition) => next[partition]! < end)) {
      const message = stream.read() as Message<string, string> | null;
      if (message === null) await once(stream, 'readable');
      else {
        const { partition, offset, key, value } = message;
        next[partition] = Number(offset) + 1;
        const { id } = JSON.parse(key) as { id: number };
        const envelope = value ? (JSON.parse(value) as { after: Row | null }) : undefined;
        events.push({ partition, offset: Number(offset), id, row: envelope?.after ?? null });
      }
    }
  } finally {
    await consumer.close(true);
  }
  return events;
}

/** The table as it is published at those positions: of each key the last event counts. The topic holds the table's whole life. */
export function rowsAt(events: PublishedEvent[], positions: number[]): Rows {
  const rows: Rows = new Map();
  for (const { partition, offset, id, row } of events) {
    if (offset >= positions[partition]!) continue;
    if (row === null) rows.delete(id);
    else rows.set(id, row);
  }
  return rows;
}

export function compare(wanted: Rows, found: Rows): Differences {
  const differences = { gaps: 0, resurrected: 0, stale: 0 };
  for (const [id, row] of wanted) {
    const other = found.get(id);
    if (!other) differences.gaps += 1;
    else if (textOf(row) !== textOf(other)) differences.stale += 1;
  }
  for (const id of found.keys()) if (!wanted.has(id)) differences.resurrected += 1;
  return differences;
}

function textOf({ id, email, note, version }: Row): string {
  return JSON.stringify([id, email, note, version]);
}
