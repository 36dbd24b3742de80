import type { ReplayedTopic, TableVerification } from '../model.ts';
import type { Load } from '../services.ts';
import { documentName, positionsDocument, replayedTopicsDocument } from '../store/documents.ts';
import { findUnpublished, type PublishedKeys } from './unpublished-keys.ts';

/** What was found of each table so far, so that the next invocation goes on from there. */
const publishedDocument = documentName<Record<string, PublishedKeys>>('published.json');

/**
 * Of a replay by the connector that publishes the live topics: looks for every row of the source in them, table after table,
 * until `until`. The counts of a connector prove nothing, since they begin anew when it is started again.
 * @returns undefined when the time was over before everything was looked for
 * @throws LoadFailedError, TransientError
 */
export async function verifyPublished(load: Load, until: Date): Promise<TableVerification[] | undefined> {
  const { documents, plan } = load;
  const found = (await documents.read(publishedDocument)) ?? {};
  const { topicsBefore } = await documents.need(positionsDocument);
  for (const table of plan.tables) {
    if (found[table.source]) continue;
    const begun = topicsBefore?.topics.find((each) => each.table === table.source);
    if (!begun) throw new Error(`It is not known where the live topic of ${table.source} ended before the load.`);
    const from = begun.partitions.map(({ next }) => next);
    const published = await findUnpublished(load, { table, topic: begun.topic, from }, until);
    if (!published) return undefined;
    found[table.source] = published;
    await documents.write(publishedDocument, found);
  }
  await documents.write(replayedTopicsDocument, replayedOf(load, found));
  return plan.tables.map(({ source }) => verificationOf(load, source, found[source]!));
}

function replayedOf({ plan }: Load, found: Record<string, PublishedKeys>): ReplayedTopic[] {
  return (plan.liveTopics ?? []).map(({ table, topic }) => {
    const partitions = found[table]?.partitions ?? [];
    return {
      table,
      topic,
      partitions: partitions.map(({ before, after, reads }) => ({ before, after, rows: reads, eventsAgain: 0 })),
    };
  });
}

function verificationOf({ plan }: Load, source: string, found: PublishedKeys): TableVerification {
  const { sourceRows, missing, partitions, samples } = found;
  const reads = partitions.reduce((sum, partition) => sum + partition.reads, 0);
  return {
    source,
    target: plan.liveTopics?.find(({ table }) => table === source)?.topic ?? source,
    rowsRead: reads,
    rowsWritten: reads,
    sourceRows,
    targetRows: sourceRows - missing,
    verified: missing === 0,
    mismatches: missing === 0 ? [] : [`the topic has no record of ${missing} rows, such as ${samples.join(', ')}`],
    note: `of every row the topic was searched for a record, among ${reads} of the connector's snapshot; values are its own claim`,
  };
}
