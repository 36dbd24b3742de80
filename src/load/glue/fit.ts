import type { KafkaSurvey, Plan } from '../../model.ts';
import { cutIntoRanges } from '../key-ranges.ts';
import { PLAIN } from '../plan-format.ts';
import { planTopic } from '../plan-topics.ts';
import type { FitInput, Offer, Refusal } from '../strategy.ts';
import { findDecisive } from './weigh/decisive.ts';
import { estimateLoad, type JobEstimate } from './weigh/estimate.ts';
import { findObstacles } from './weigh/obstacles.ts';
import { sizeJob, type Sizing } from './weigh/sizing.ts';
import { workerTypeOf } from './weigh/worker-types.ts';

/** Whether a Spark job of AWS Glue can load these tables, on how much of it, and what asks for it. */
export function fit(input: FitInput): Offer | Refusal {
  const reasons = findObstacles(input);
  return reasons.length === 0 ? offer(input) : { fits: false, reason: reasons.join('; ') };
}

/** One shard: Spark splits the work by itself. The ranges are those by which it reads, and by which it is counted. */
function offer(input: FitInput): Offer {
  const { request, survey, tables, invocationSeconds } = input;
  const ranges = cutIntoRanges(tables, survey.source.tables, request.limits.maxSourceConnections);
  const sizing = sizeJob({ request, tables, ranges });
  const { dpuHours, ...estimate } = estimateLoad({ request, tables, ranges, invocationSeconds }, sizing);
  // MySQL and MariaDB have no snapshot that several connections join.
  const consistency = survey.source.engine === 'postgres' ? 'one-snapshot' : 'snapshot-per-chunk';
  return {
    fits: true,
    reasons: [
      ...explainChoice(input),
      ...(request.target ? [] : [explainTopics()]),
      explainSizing(input, sizing, dpuHours),
      explainConsistency(consistency),
    ],
    estimate,
    consistency,
    ranges,
    shards: [{ id: 's1', ranges: ranges.map(({ id }) => id) }],
    concurrency: 1,
    workers: 1,
    ...(!request.target && survey.kafka && topicsOf(input, survey.kafka)),
  };
}

function topicsOf({ request, tables }: FitInput, kafka: KafkaSurvey): Pick<Offer, 'awaitsConsumer' | 'topics'> {
  return { awaitsConsumer: true, topics: tables.map((table) => planTopic(table, request, kafka, PLAIN)) };
}

function explainChoice(input: FitInput): string[] {
  const decisive = findDecisive(input);
  if (decisive.length > 0) return decisive;
  const { request, survey } = input;
  // The plan says by itself that it was asked for.
  if (request.strategy === 'glue') return ['nothing in the request needs Spark, which can load it all the same'];
  const goingTo = request.target?.engine ?? 'what feeds the topics';
  return [`Spark reads ${survey.source.engine} and writes ${goingTo}, and nothing that needs less fits`];
}

function explainTopics(): string {
  return 'the job leaves its rows in the load store, from where they go to topics of their own exactly once, which are removed when the consumer has read them';
}

function explainSizing(
  { tables }: FitInput,
  { workerType, workers, connections }: Sizing,
  dpuHours: JobEstimate['dpuHours'],
): string {
  const rows = tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  const gigabytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0) / 1e9;
  const dpus = workers * workerTypeOf(workerType).dpus;
  return (
    `a job of its own on ${workers} workers ${workerType} (${dpus} DPU; one drives, the others move rows over ` +
    `${connections} ${connections === 1 ? 'connection' : 'connections'} at once), removed afterwards: about ` +
    `${rows.toLocaleString('en-US')} rows, ${gigabytes.toFixed(1)} GB, take about ${dpuHours} DPU-hours`
  );
}

function explainConsistency(consistency: Plan['consistency']): string {
  return consistency === 'one-snapshot'
    ? 'all its connections read one exported snapshot of the source'
    : 'each connection reads what the source holds at that moment: rows that move meanwhile show as a mismatch';
}
