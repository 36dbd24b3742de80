import type { KafkaSurvey, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { feedSeconds } from '../feeding.ts';
import { cutIntoRanges } from '../key-ranges.ts';
import { findTransformObstacle } from '../plain-transforms.ts';
import { explainFormats, findFormatObstacle, planFormat } from '../plan-format.ts';
import { findTopicsObstacle, planTopic } from '../plan-topics.ts';
import { oneShard, severalShards } from '../shards.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { estimateLoad } from './estimate.ts';

/** An estimate may be wrong by this much before a table without a key no longer fits one invocation. */
const ESTIMATE_MARGIN = 2;
/** transaction.max.timeout.ms, unless brokers are told otherwise. */
const LONGEST_TRANSACTION_SECONDS = 900;

/** Whether the tables can go to temporary topics of their own. */
export function fit(input: FitInput): Offer | Refusal {
  const reason = findObstacle(input);
  if (reason !== undefined || !input.survey.kafka) return { fits: false, reason: reason ?? 'no broker was surveyed' };
  return offer(input, input.survey.kafka);
}

function findObstacle({ request, survey, tables, invocationSeconds }: FitInput): string | undefined {
  if (request.target) return 'it writes to topics of its own, and the request has a target';
  if (!request.topics) return 'it writes to topics of its own, and the request has no topics';
  if (survey.source.engine !== 'postgres') return `it reads PostgreSQL, not ${survey.source.engine}`;
  if (tables.length === 0) return 'there is no table to load';
  return (
    findTopicsObstacle(request) ??
    findTransformObstacle(request) ??
    findFormatObstacle(request, survey, tables) ??
    findEndlessTable(tables, request, invocationSeconds)
  );
}

/** A table without a key goes in one transaction: no other invocation could go on where one ended. */
function findEndlessTable(tables: TablePlan[], { limits }: LoadRequest, invocationSeconds: number): string | undefined {
  const most = Math.min(invocationSeconds, LONGEST_TRANSACTION_SECONDS);
  // Of several shards each has its share of the request's limits.
  const shards = goesInOne(tables, limits, invocationSeconds) ? 1 : limits.maxSourceConnections;
  const { maxRecordsPerSecond = Infinity, maxBytesPerSecond = Infinity } = limits;
  const share = { maxRecordsPerSecond: maxRecordsPerSecond / shards, maxBytesPerSecond: maxBytesPerSecond / shards };
  const table = tables.find(({ key, ...size }) => !key && feedSeconds([size], share) * ESTIMATE_MARGIN > most);
  return (
    table &&
    `${table.source} has no key, so it must go in one transaction, which may take longer than an invocation, or than brokers allow`
  );
}

function goesInOne(tables: TablePlan[], limits: LoadRequest['limits'], invocationSeconds: number): boolean {
  return feedSeconds(tables, limits) * ESTIMATE_MARGIN <= invocationSeconds;
}

function offer({ request, survey, tables, invocationSeconds }: FitInput, kafka: KafkaSurvey): Offer {
  const connections = request.limits.maxSourceConnections;
  const ranges = cutIntoRanges(tables, survey.source.tables, 1);
  const inOneGo = goesInOne(tables, request.limits, invocationSeconds);
  const shards = inOneGo ? oneShard(ranges, tables) : severalShards(ranges, tables, connections);
  return {
    fits: true,
    reasons: [...explain(tables, inOneGo), ...explainFormats(request, survey, tables)],
    estimate: estimateLoad(tables, request.limits, invocationSeconds),
    consistency: inOneGo ? 'one-snapshot' : 'snapshot-per-chunk',
    ranges,
    shards,
    concurrency: Math.min(connections, shards.length),
    workers: 1,
    awaitsConsumer: true,
    topics: tables.map((table) => planTopic(table, request, kafka, planFormat(request, survey, table).format)),
  };
}

function explain(tables: TablePlan[], inOneGo: boolean): string[] {
  const rows = tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  return [
    'the request has topics and no target: the consumer is reached through Kafka only',
    `about ${rows.toLocaleString('en-US')} rows go to topics of their own, which are removed when the consumer has read them`,
    inOneGo
      ? 'the load fits one invocation, so all tables are read from one snapshot of the source'
      : 'the load does not fit one invocation: each invocation reads a snapshot of its own, and the live topic tells what moved',
  ];
}
