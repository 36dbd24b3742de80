import type { KafkaSurvey, TablePlan, TopicPlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { cutIntoRanges } from '../key-ranges.ts';
import { findTransformObstacle } from '../plain-transforms.ts';
import { oneShard, severalShards } from '../shards.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { estimateLoad, feedSeconds } from './estimate.ts';

/** An estimate may be wrong by this much before a table without a key no longer fits one invocation. */
const ESTIMATE_MARGIN = 2;
/** transaction.max.timeout.ms, unless brokers are told otherwise. */
const LONGEST_TRANSACTION_SECONDS = 900;
const PARTITION_BYTES = 256 * 1024 * 1024;
const MOST_PARTITIONS = 12;
const MOST_REPLICAS = 3;
/** How much longer than the load may take a topic keeps its records. */
const SPARE_HOURS = 24;

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
  if (request.onFailure === 'keep') return 'its topics go however the load ends, and onFailure is "keep"';
  const { retentionHours } = request.kafka ?? {};
  const hours = request.limits.deadlineMinutes / 60;
  if (retentionHours !== undefined && retentionHours < hours) {
    return `kafka.retentionHours (${retentionHours}) is shorter than limits.deadlineMinutes allows the load to take`;
  }
  return findTransformObstacle(request) ?? findEndlessTable(tables, request, invocationSeconds);
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
    reasons: explain(tables, inOneGo),
    estimate: estimateLoad(tables, request.limits, invocationSeconds),
    consistency: inOneGo ? 'one-snapshot' : 'snapshot-per-chunk',
    ranges,
    shards,
    concurrency: Math.min(connections, shards.length),
    workers: 1,
    awaitsConsumer: true,
    topics: tables.map((table) => planTopic(table, request, kafka)),
  };
}

/** As many partitions as the live topic has, so that keys land alike; else by size. */
function planTopic(
  { source, estimatedBytes }: TablePlan,
  { kafka, limits }: LoadRequest,
  survey: KafkaSurvey,
): TopicPlan {
  const live = survey.liveTopics.find(({ table }) => table === source);
  const bySize = Math.min(MOST_PARTITIONS, Math.max(1, Math.ceil(estimatedBytes / PARTITION_BYTES)));
  return {
    table: source,
    partitions: kafka?.partitions ?? live?.partitions ?? bySize,
    replicas: kafka?.replicationFactor ?? Math.min(MOST_REPLICAS, survey.brokers),
    retentionHours: kafka?.retentionHours ?? Math.ceil(limits.deadlineMinutes / 60) + SPARE_HOURS,
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
