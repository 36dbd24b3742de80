import type { KafkaSurvey, LiveTopic, LiveTopicPlan, Survey, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { explainFormats, findFormatObstacle, planFormat } from '../plan-format.ts';
import { cutIntoRanges } from '../key-ranges.ts';
import { oneShard } from '../shards.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { estimateLoad } from './estimate.ts';
import { MOST_LAG } from './lagging.ts';
import { paceOf } from './pace.ts';
import { findSignalObstacle } from './signal/obstacle.ts';

/** Whether the rows can go into the live topics again, and who will see them there. */
export function fit(input: FitInput): Offer | Refusal {
  const { request, survey, tables, invocationSeconds } = input;
  const reason = findObstacle(input);
  if (reason !== undefined || !survey.kafka) return { fits: false, reason: reason ?? 'no broker was surveyed' };
  const ranges = cutIntoRanges(tables, survey.source.tables, 1);
  return {
    fits: true,
    reasons: [...explain(request, tables, survey.kafka), ...explainWriter(request, survey, tables)],
    estimate: estimateLoad(tables, request.limits, invocationSeconds),
    consistency: 'snapshot-per-chunk',
    ranges,
    // One, whatever the size: what bounds it is what its consumers bear.
    shards: oneShard(ranges, tables),
    concurrency: 1,
    workers: 1,
    liveTopics: planTopics(input, survey.kafka.liveTopics),
  };
}

function findObstacle(input: FitInput): string | undefined {
  const { request, survey, tables } = input;
  if (request.target) return 'it writes to the live topics, and the request has a target';
  if (!request.topics) return 'it writes to the live topics, and the request has no topics';
  if (survey.source.engine !== 'postgres') return `it reads PostgreSQL, not ${survey.source.engine}`;
  if (survey.source.readReplica)
    return 'it reads primaries: who writes to a table, and so what a row may lack, a replica does not know';
  if (tables.length === 0) return 'there is no table to load';
  const [transformed] = Object.keys(request.transform ?? {});
  if (transformed !== undefined) return `live topics hold the source's rows as they are (transform["${transformed}"])`;
  const keyless = tables.find(({ key }) => !key);
  if (keyless) return `${keyless.source} has no key, so it can't be told which rows have changed meanwhile`;
  return (
    findTopicObstacle(tables, survey.kafka?.liveTopics ?? []) ??
    // Who publishes them anyway writes them as ever.
    (request.topics.signals ? findSignalObstacle(input) : findUnlike(request, survey, tables))
  );
}

function findTopicObstacle(tables: TablePlan[], live: LiveTopic[]): string | undefined {
  const untold = tables.find(({ source }) => !live.some(({ table }) => table === source));
  if (untold) return `topics.tables names no live topic for ${untold.source}`;
  const shared = live.find(({ topic }, index) => live.findIndex((other) => other.topic === topic) !== index);
  return shared && `the live topic ${shared.topic} is of several tables, so that keys don't tell rows apart`;
}

/** Whoever follows the topic must be able to read what is replayed: nothing settles that records are written otherwise. */
function findUnlike(request: LoadRequest, survey: Survey, tables: TablePlan[]): string | undefined {
  const obstacle = findFormatObstacle(request, survey, tables);
  if (obstacle !== undefined) return obstacle;
  for (const table of tables) {
    const { differs } = planFormat(request, survey, table);
    if (differs !== undefined)
      return `${table.source}: its records would not be like those of its live topic: ${differs}`;
  }
  return undefined;
}

function planTopics({ request, survey, tables }: FitInput, live: LiveTopic[]): LiveTopicPlan[] {
  return tables.flatMap((table) => {
    const { format } = planFormat(request, survey, table);
    const found = live.filter((topic) => topic.table === table.source);
    return found.map(({ topic, partitions, groups = [] }) => ({
      table: table.source,
      topic,
      partitions,
      groups,
      format,
    }));
  });
}

function liveTopicsOf(tables: TablePlan[], { liveTopics }: KafkaSurvey): LiveTopic[] {
  return liveTopics.filter(({ table }) => tables.some(({ source }) => source === table));
}

function explain({ limits, topics }: LoadRequest, tables: TablePlan[], kafka: KafkaSurvey): string[] {
  const rows = tables.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0);
  const most = (limits.maxConsumerLag ?? MOST_LAG).toLocaleString('en-US');
  return [
    `about ${rows.toLocaleString('en-US')} rows go into the live topics again, marked as rows that were read; this can't be undone`,
    ...liveTopicsOf(tables, kafka).map(describeReaders),
    `at most ${paceOf({ limits }).records.toLocaleString('en-US')} records a second, and none while a group other than ` +
      `${topics?.consumerGroup ?? "the consumer's"} is more than ${most} records behind`,
  ];
}

function explainWriter(request: LoadRequest, survey: Survey, tables: TablePlan[]): string[] {
  const { signals } = request.topics ?? {};
  return signals
    ? [`the connector that publishes them is asked to, through ${signals.table}, by incremental snapshots`]
    : explainFormats(request, survey, tables);
}

function describeReaders({ topic, groups = [] }: LiveTopic): string {
  if (groups.length === 0) return `of ${topic} no consumer group has committed offsets; whoever follows it sees them`;
  const each = groups.map(({ group, state, lag }) => `${group} (${state}, ${lag.toLocaleString('en-US')} behind)`);
  return `of ${topic} these groups see them: ${each.join(', ')}`;
}
