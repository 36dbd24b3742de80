import type { KeyRange, LoadResult, Plan } from '../src/model.ts';
import { alignColumns } from './columns.ts';
import { formatBytes, formatCount, formatNumber, formatRows, formatSeconds, formatUsd } from './figures.ts';

/** The choice: which strategy, why, and why not the others. */
export function summarizePlan(plan: NonNullable<LoadResult['plan']>): string[] {
  const { strategy, reasons, rejected, estimate } = plan;
  const rows = [
    ['strategy', strategy],
    ...reasons.map((reason, index) => [index === 0 ? 'because' : '', reason]),
    ['estimate', `${formatSeconds(estimate.seconds)}, ${formatUsd(estimate.costUsd)}`],
    ...rejected.map((other, index) => [index === 0 ? 'rejected' : '', `${other.strategy}: ${other.reason}`]),
  ];
  return alignColumns([{ heading: '' }, { heading: '' }], rows).slice(1);
}

/** The whole decision, as `plan` prints it. */
export function describePlan(plan: Plan): string[] {
  const rows = plan.tables.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0);
  const consistency =
    plan.consistency === 'one-snapshot' ? 'one snapshot of the source' : 'a snapshot of the source for each chunk';
  return [
    ...summarizePlan(plan),
    '',
    `${formatNumber(plan.tables.length, 'table')}, about ${formatRows(rows)}, read from ${consistency}:`,
    ...describeTables(plan).map((line) => `  ${line}`),
    '',
    `${formatNumber(plan.shards.length, 'shard')}, ${plan.concurrency} at once, each over ${formatNumber(plan.workers, 'connection')}:`,
    ...describeShards(plan).map((line) => `  ${line}`),
  ];
}

function describeTables({ tables, topics = [], liveTopics = [] }: Plan): string[] {
  const topicOf = new Map([
    ...topics.map(({ table, partitions }): [string, string] => [
      table,
      `a topic of its own, ${formatNumber(partitions, 'partition')}`,
    ]),
    ...liveTopics.map(({ table, topic }): [string, string] => [table, `the live topic ${topic}`]),
  ]);
  return alignColumns(
    [
      { heading: 'source' },
      { heading: 'target' },
      { heading: 'key' },
      { heading: 'rows', align: 'right' },
      { heading: 'size', align: 'right' },
      { heading: 'copied as' },
    ],
    tables.map((table) => [
      table.source,
      topicOf.get(table.source) ?? table.target,
      table.key?.join(', ') ?? '(none)',
      formatCount(table.estimatedRows),
      formatBytes(table.estimatedBytes),
      topicOf.has(table.source) ? 'json' : table.format,
    ]),
  );
}

function describeShards({ shards, ranges }: Plan): string[] {
  const byId = new Map(ranges.map((range) => [range.id, range]));
  const rows = shards.flatMap(({ id, ranges: ids }) =>
    ids.map((rangeId, index) => {
      const range = byId.get(rangeId);
      return [index === 0 ? id : '', range?.table ?? '', bounds(range), formatCount(range?.estimatedRows ?? 0)];
    }),
  );
  return alignColumns(
    [{ heading: 'shard' }, { heading: 'table' }, { heading: 'keys' }, { heading: 'rows', align: 'right' }],
    rows,
  );
}

function bounds(range: KeyRange | undefined): string {
  const { from, to } = range ?? {};
  if (from === undefined && to === undefined) return 'all';
  if (from === undefined) return `to ${to!.join(', ')}`;
  return to === undefined ? `after ${from.join(', ')}` : `after ${from.join(', ')} to ${to.join(', ')}`;
}
