import type { TablePlan } from '../../model.ts';
import { cutIntoRanges } from '../key-ranges.ts';
import { findTransformObstacle } from '../plain-transforms.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { copySeconds, estimateLoad, oneInvocationSeconds } from './estimate.ts';
import { oneShard, severalShards } from '../shards.ts';
import { findUpsertObstacle } from './upsert.ts';

/** An estimate may be wrong by this much before a load no longer fits the invocation it was made for. */
const ESTIMATE_MARGIN = 2;
/** Beyond this our own functions still work, but what is made for moving terabytes does it better. */
const MOST_BYTES = 1_000_000_000_000;

/** Whether our own functions can copy these tables, and how. */
export function fit(input: FitInput): Offer | Refusal {
  const reason = findObstacle(input);
  return reason === undefined ? offer(input) : { fits: false, reason };
}

function findObstacle({ request, survey, tables, invocationSeconds }: FitInput): string | undefined {
  if (!request.target) return 'it writes to a database, and the request has no target';
  if (request.target.engine === 's3') return 'it writes to a database, not to S3';
  if (survey.source.engine !== 'postgres' || request.target.engine !== 'postgres') {
    return `it copies from PostgreSQL to PostgreSQL, not from ${survey.source.engine} to ${request.target.engine}`;
  }
  if (tables.length === 0) return 'there is no table to load';
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  if (bytes > MOST_BYTES) return `${describeBytes(bytes)} are too much for it (at most ${describeBytes(MOST_BYTES)})`;
  return (
    findTransformObstacle(request) ??
    (request.target.ifNotEmpty === 'upsert' ? findUpsertObstacle(tables, survey) : undefined) ??
    findEndlessTable(tables, invocationSeconds)
  );
}

/** A table without a key is copied in one transaction: no other invocation could go on where one ended. */
function findEndlessTable(tables: TablePlan[], invocationSeconds: number): string | undefined {
  const table = tables.find(({ key, ...size }) => !key && copySeconds([size]) * ESTIMATE_MARGIN > invocationSeconds);
  if (!table) return undefined;
  return (
    `${table.source} has no key, so it must be copied in one go, and its ${describeBytes(table.estimatedBytes)} ` +
    'may take longer than one invocation'
  );
}

function offer({ request, survey, tables, invocationSeconds }: FitInput): Offer {
  const connections = request.limits.maxSourceConnections;
  const ranges = cutIntoRanges(tables, survey.source.tables, connections);
  const workers = Math.min(connections, ranges.length);
  const inOneGo = oneInvocationSeconds(tables, workers) * ESTIMATE_MARGIN <= invocationSeconds;
  const shards = inOneGo ? oneShard(ranges, tables) : severalShards(ranges, tables, connections);
  const split = inOneGo
    ? { concurrency: 1, workers }
    : { concurrency: Math.min(connections, shards.length), workers: 1 };
  const estimate = estimateLoad(tables, {
    functions: split.concurrency,
    workers: split.workers,
    shards: shards.length,
    invocationSeconds,
  });
  return {
    fits: true,
    reasons: explain(tables, inOneGo),
    estimate,
    consistency: inOneGo ? 'one-snapshot' : 'snapshot-per-chunk',
    ranges,
    shards,
    ...split,
  };
}

function explain(tables: TablePlan[], inOneGo: boolean): string[] {
  const rows = tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  return [
    'source and target are PostgreSQL, which it reads and writes: there is no instance to pay and wait for',
    `about ${rows.toLocaleString('en-US')} rows, ${describeBytes(bytes)}, are within what it copies`,
    inOneGo
      ? 'the load fits one invocation, so all tables are read from one snapshot of the source'
      : 'the load does not fit one invocation, so each chunk has a snapshot of its own, and rows that moved between two are read again',
  ];
}

function describeBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1_000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
