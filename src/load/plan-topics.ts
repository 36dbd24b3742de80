import type { KafkaSurvey, TablePlan, TopicFormat, TopicPlan } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';

const PARTITION_BYTES = 256 * 1024 * 1024;
const MOST_PARTITIONS = 12;
const MOST_REPLICAS = 3;
/** How much longer than the load may take a topic keeps its records. */
const SPARE_HOURS = 24;

/** What of a request doesn't go with temporary topics, whoever feeds them; undefined when all does. */
export function findTopicsObstacle({ onFailure, kafka, limits }: LoadRequest): string | undefined {
  if (onFailure === 'keep') return 'its topics go however the load ends, and onFailure is "keep"';
  const { retentionHours } = kafka ?? {};
  if (retentionHours === undefined || retentionHours >= limits.deadlineMinutes / 60) return undefined;
  return `kafka.retentionHours (${retentionHours}) is shorter than limits.deadlineMinutes allows the load to take`;
}

/** As many partitions as the live topic has, so that keys land alike; else by size. */
export function planTopic(
  { source, estimatedBytes }: TablePlan,
  { kafka, limits }: LoadRequest,
  survey: KafkaSurvey,
  format: TopicFormat,
): TopicPlan {
  const live = survey.liveTopics.find(({ table }) => table === source);
  const bySize = Math.min(MOST_PARTITIONS, Math.max(1, Math.ceil(estimatedBytes / PARTITION_BYTES)));
  return {
    table: source,
    partitions: kafka?.partitions ?? live?.partitions ?? bySize,
    replicas: kafka?.replicationFactor ?? Math.min(MOST_REPLICAS, survey.brokers),
    retentionHours: kafka?.retentionHours ?? Math.ceil(limits.deadlineMinutes / 60) + SPARE_HOURS,
    format,
  };
}
