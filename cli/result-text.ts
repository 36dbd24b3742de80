import type { Failure, LoadResult, StitchPoint } from '../src/model.ts';
import { alignColumns } from './columns.ts';
import { formatCount, formatNumber, formatRows, formatSeconds } from './figures.ts';
import { summarizePlan } from './plan-text.ts';

/** A result as people read it: how it went first, then what to know, then what was done. */
export function describeResult(result: LoadResult): string[] {
  return [
    ...describeHead(result),
    ...(result.plan === undefined ? [] : section('Plan', summarizePlan(result.plan))),
    ...(result.tables.length === 0 ? [] : section('Tables', describeTables(result.tables))),
    ...describeReplayed(result),
    ...describeStitchPoint(result),
    ...describeNotifications(result),
    ...describeTearDown(result),
  ];
}

function describeHead(result: LoadResult): string[] {
  const seconds = (Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1_000;
  const { failure } = result;
  return [
    `${result.loadId}, attempt ${result.attempt}: ${result.status}`,
    `  ${result.dataset} for ${result.consumer}, ${result.startedAt} to ${result.finishedAt} (${formatSeconds(seconds)})`,
    ...(failure === undefined ? [] : ['', ...describeFailure(failure)]),
  ];
}

export function describeFailure({ error, cause, advice }: Failure): string[] {
  // The message of a RequestError says what to do already.
  return [`  ${error}: ${cause}`, ...(error === 'RequestError' ? [] : [`  What to do: ${advice}`])];
}

export function describeTables(tables: LoadResult['tables']): string[] {
  const lines = alignColumns(
    [
      { heading: 'source' },
      { heading: 'target' },
      { heading: 'rows in source', align: 'right' },
      { heading: 'rows in target', align: 'right' },
      { heading: 'verified' },
    ],
    tables.map((table) => [
      table.source,
      table.target,
      formatCount(table.sourceRows),
      formatCount(table.targetRows),
      table.verified ? 'yes' : 'NO',
    ]),
  );
  const remarks = tables.flatMap(({ source, mismatches, note }) =>
    [...mismatches, ...(note === undefined ? [] : [note])].map((remark) => `${source}: ${remark}`),
  );
  return [...lines, ...remarks];
}

function describeReplayed({ replayed = [] }: LoadResult): string[] {
  const lines = replayed.map(({ topic, partitions }) => {
    const offsets = partitions.map(({ before, after }) => `${before} to ${after}`).join(', ');
    const rows = partitions.reduce((sum, partition) => sum + partition.rows, 0);
    const again = partitions.reduce((sum, { eventsAgain }) => sum + eventsAgain, 0);
    return `topic ${topic}, by partition: offsets ${offsets}; ${formatRows(rows)}, ${formatNumber(again, 'event')} said again`;
  });
  return lines.length === 0 ? [] : section('Replayed into live topics', lines);
}

function describeStitchPoint({ stitchPoint }: LoadResult): string[] {
  if (stitchPoint === undefined) return [];
  const { before = 'unknown', after = 'unknown' } = stitchPoint.source;
  const conditions = alignColumns(
    [{ heading: 'condition' }, { heading: 'certainty' }, { heading: 'note' }],
    stitchPoint.conditions.map(({ condition, certainty, note }) => [condition, certainty, note]),
  );
  return section('Stitch point', [
    `source position ${before} before the first read, ${after} after the last`,
    ...(stitchPoint.topics ?? []).map(describeLiveTopic),
    ...(stitchPoint.conditions.length === 0 ? [] : conditions),
  ]);
}

function describeLiveTopic({ topic, partitions }: NonNullable<StitchPoint['topics']>[number]): string {
  const start = partitions.map(({ startAt }) => startAt).join(', ');
  const converged = partitions.map(({ convergedAt }) => convergedAt).join(', ');
  return `topic ${topic}, by partition: start at offset ${start}; converged past ${converged}`;
}

function describeNotifications({ notifications }: LoadResult): string[] {
  const lines = notifications.map(({ type, channel, status, detail }) => [type, channel, status, detail ?? '']);
  return lines.length === 0 ? [] : section('Notifications', withoutHeadings(lines));
}

export function describeTearDown({ tearDown, tornDown }: Pick<LoadResult, 'tearDown' | 'tornDown'>): string[] {
  const lines = tornDown.map(({ type, id, status, detail }) => [status, type, id, detail ?? '']);
  return section(`Tear-down: ${tearDown}`, withoutHeadings(lines));
}

function withoutHeadings(rows: string[][]): string[] {
  return alignColumns(rows[0]?.map(() => ({ heading: '' })) ?? [], rows).slice(1);
}

export function section(heading: string, lines: string[]): string[] {
  return ['', heading, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}
