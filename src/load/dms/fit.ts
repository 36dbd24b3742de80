import { cutIntoRanges } from '../key-ranges.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { estimateLoad } from './weigh/estimate.ts';
import { lobLimitKilobytes } from './weigh/lobs.ts';
import { findObstacles } from './weigh/obstacles.ts';
import { sizeReplication, type Sizing } from './weigh/sizing.ts';

/** Whether AWS DMS can load these tables as they are, and on what. */
export function fit(input: FitInput): Offer | Refusal {
  const reasons = findObstacles(input);
  return reasons.length === 0 ? offer(input) : { fits: false, reason: reasons.join('; ') };
}

/** One shard: DMS splits the work by itself. The ranges are those by which it is counted. */
function offer(input: FitInput): Offer {
  const { request, survey, tables } = input;
  const sizing = sizeReplication(input);
  const ranges = cutIntoRanges(tables, survey.source.tables, request.limits.maxSourceConnections);
  return {
    fits: true,
    reasons: reasonsFor(input, sizing),
    estimate: estimateLoad(input, sizing),
    consistency: 'snapshot-per-chunk',
    ranges,
    shards: [{ id: 's1', ranges: ranges.map(({ id }) => id) }],
    concurrency: 1,
    workers: 1,
  };
}

function reasonsFor(input: FitInput, sizing: Sizing): string[] {
  const rows = input.tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  const gigabytes = input.tables.reduce((sum, table) => sum + table.estimatedBytes, 0) / 1e9;
  return [
    'AWS DMS reads and writes these engines, and AWS says of each type here that its values arrive unchanged',
    explainMode(sizing, `about ${rows.toLocaleString('en-US')} rows, ${gigabytes.toFixed(1)} GB`),
    ...explainLobs(input),
    ...explainInfinity(input),
  ];
}

function explainMode(sizing: Sizing, size: string): string {
  switch (sizing.mode) {
    case 'temporary-instance':
      return (
        `on a replication instance of its own, which is ready after some 10 minutes and removed afterwards (serverless takes ` +
        `40 to 60 before it runs): ${sizing.instanceClass} with ${sizing.storageGigabytes} GB of storage, for ${size}`
      );
    case 'given-instance':
      return `on the replication instance that the request names, which is left as it is: ${sizing.instanceArn}`;
    case 'serverless':
      return (
        `serverless, since the request asks for it: from ${sizing.minCapacityUnits} to ${sizing.maxCapacityUnits} capacity ` +
        `units, for ${size}; it takes 40 to 60 minutes before it runs, where an instance takes some 10`
      );
  }
}

function explainLobs({ tables, survey }: FitInput): string[] {
  return tables.flatMap((table) => {
    const limit = lobLimitKilobytes(table, survey);
    if (limit === undefined) return [];
    return [`large objects of ${table.source} come with their rows, up to ${limit} KB; a longer one fails the load`];
  });
}

/** A value, not a type, so nobody knows before: the same guide that says that the type goes over names the exception. */
function explainInfinity({ tables, survey }: FitInput): string[] {
  const has = tables.some(({ source, columns }) =>
    survey.source.tables
      .find(({ name }) => name === source)
      ?.columns.some(
        ({ name, type }) => type.startsWith('timestamp') && columns.some((column) => column.source === name),
      ),
  );
  return has && survey.source.engine === 'postgres'
    ? ['a timestamp of infinity would become 9999-12-31 23:59:59, and -infinity 4713-01-01 BC: DMS knows neither']
    : [];
}
