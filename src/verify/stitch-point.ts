import type { Certainty, SourcePositions, StitchPoint } from '../model.ts';
import { STITCH_CONDITIONS, type LoadRequest } from '../request/schema.ts';
import { stateRetention } from './topic-retention.ts';

const NOTES: Record<(typeof STITCH_CONDITIONS)[number], string> = {
  'one-publisher': 'one publisher covers every commit, in order per row',
  'key-from-row-key': "the message key is a function of the row's key, with a constant number of partitions",
  'key-update-is-delete-and-insert': 'an update of a key is published as a delete and an insert',
  'full-rows': 'events carry full rows',
  'deletes-published': 'truncates, detached partitions and rows that leave the filter are published as deletes',
  'retention-outlasts': "the topic's retention outlasts the load and the catch-up",
  'consumer-upserts': 'the consumer upserts and deletes by key, applies the same filter and is the only writer',
};

/**
 * From where the consumer follows the live topic, as far as the source alone can tell: everything committed up to `before`
 * is in the copy; once the consumer has passed `after` it has converged. What that rests on is stated one by one.
 */
export function stitchPointOf(request: LoadRequest, positions: SourcePositions, keylessTables: string[]): StitchPoint {
  const declared = new Set(request.topics?.declared);
  const { before, after } = positions;
  return {
    source: { ...(before?.lsn && { before: before.lsn }), ...(after?.lsn && { after: after.lsn }) },
    ...topicsOf(positions),
    conditions: [
      ...measured(positions, keylessTables),
      ...STITCH_CONDITIONS.map((condition) => {
        const certainty: Certainty = declared.has(condition) ? 'declared' : 'unknown';
        const stated = { condition, certainty, note: NOTES[condition] };
        return condition === 'retention-outlasts'
          ? stateRetention(stated, positions.topicsAfter?.topics ?? [], request.limits.deadlineMinutes)
          : stated;
      }),
      ...measuredTopics(positions),
    ],
  };
}

function measured({ before, after }: SourcePositions, keylessTables: string[]): StitchPoint['conditions'] {
  const truncated = changedTables('storageId');
  const altered = changedTables('columns');
  return [
    state(
      'writers-ended',
      before?.writersLeft?.length === 0,
      'every transaction that wrote when the position was taken has ended before the first read',
    ),
    state(
      'not-truncated',
      truncated.length === 0,
      `no table was truncated or rewritten while loading${list(truncated)}`,
    ),
    state('columns-unchanged', altered.length === 0, `no table was altered while loading${list(altered)}`),
    state('keyed', keylessTables.length === 0, `every table has a key to upsert by${list(keylessTables)}`),
  ];

  function changedTables(what: 'storageId' | 'columns'): string[] {
    if (!before || !after) return ['(no positions)'];
    return after.tables
      .filter((table) => {
        const earlier = before.tables.find((candidate) => candidate.table === table.table)?.[what];
        return earlier === undefined || earlier !== table[what];
      })
      .map((table) => table.table);
  }
}

function topicsOf({ topicsBefore, topicsAfter }: SourcePositions): Pick<StitchPoint, 'topics'> {
  if (!topicsBefore || !topicsAfter) return {};
  const topics = topicsBefore.topics.map(({ table, topic, partitions }) => {
    const ends = topicsAfter.topics.find((candidate) => candidate.topic === topic)?.partitions ?? [];
    return {
      table,
      topic,
      partitions: partitions.map(({ next }, index) => ({ startAt: next, convergedAt: ends[index]?.next ?? next })),
    };
  });
  return { topics };
}

function measuredTopics({ topicsBefore, topicsAfter }: SourcePositions): StitchPoint['conditions'] {
  const were = topicsBefore?.topics ?? [];
  const endOf = (topic: string) => topicsAfter?.topics.find((candidate) => candidate.topic === topic)?.partitions;
  const resized = were.filter(({ topic, partitions }) => endOf(topic)?.length !== partitions.length);
  const lost = were.filter(({ topic, partitions }) =>
    partitions.some(({ next }, index) => next < (endOf(topic)?.[index]?.first ?? Number.POSITIVE_INFINITY)),
  );
  const read = were.length > 0 && topicsAfter !== undefined;
  const names = (topics: typeof were) => list(topics.map(({ topic }) => topic));
  return [
    state(
      'topic-offsets',
      read,
      read ? 'topic offsets were read before and after the load' : 'topic offsets were not read',
    ),
    state(
      'publisher-passed',
      topicsAfter?.publisherPassed === true,
      'the publisher had passed the last read when the topics were read after it',
    ),
    state(
      'partitions-unchanged',
      read && resized.length === 0,
      `no live topic got other partitions while loading${names(resized)}`,
    ),
    state(
      'start-retained',
      read && lost.length === 0,
      `every live topic still held its start when the load ended${names(lost)}`,
    ),
  ];
}

function state(condition: string, holds: boolean, note: string): StitchPoint['conditions'][number] {
  return { condition, certainty: holds ? 'checked' : 'unknown', note };
}

function list(exceptions: string[]): string {
  return exceptions.length === 0 ? '' : `, except: ${exceptions.join(', ')}`;
}
