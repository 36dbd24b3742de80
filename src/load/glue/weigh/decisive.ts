import { stepsBeyondPlain } from '../../plain-transforms.ts';
import type { FitInput } from '../../strategy.ts';
import { COUNTED_BYTES_PER_SECOND } from './estimate.ts';

/** What one replication instance moves, whatever its class; the same is reckoned with in the estimate for dms. */
const INSTANCE_BYTES_PER_SECOND = 60_000_000;

/** The features of the load that ask for Spark, each by its name in the request; empty when there are none. */
export function findDecisive(input: FitInput): string[] {
  const { target } = input.request;
  const others = target ? 'direct and dms' : 'kafka-topic';
  const features = findDecisiveSteps(input, others);
  if (!target) return [...features, ...findDecisiveSource(input)];
  if (target.engine === 's3') features.push('target.engine is "s3", and direct and dms write to databases');
  return [...features, ...findDecisiveSize(input)];
}

function findDecisiveSteps({ request: { transform = {} } }: FitInput, others: string): string[] {
  return Object.entries(transform).flatMap(([table, steps]) => {
    if (typeof steps === 'string') return [`transform.script is a PySpark module, which ${others} cannot run`];
    const more = stepsBeyondPlain(steps);
    return more.length === 0
      ? []
      : [`transform[${JSON.stringify(table)}] has ${listOf(more)}, which ${others} cannot do`];
  });
}

function findDecisiveSource({ survey: { source } }: FitInput): string[] {
  return source.engine === 'postgres'
    ? []
    : [`source.engine is ${JSON.stringify(source.engine)}, and kafka-topic reads PostgreSQL`];
}

function findDecisiveSize({ request: { limits }, tables }: FitInput): string[] {
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  const seconds = bytes / INSTANCE_BYTES_PER_SECOND + (2 * bytes) / COUNTED_BYTES_PER_SECOND;
  if (seconds <= limits.deadlineMinutes * 60) return [];
  const gigabytes = Math.round(bytes / 1e9).toLocaleString('en-US');
  return [
    `about ${gigabytes} GB are more than one instance moves in ${limits.deadlineMinutes} minutes (limits.deadlineMinutes)`,
  ];
}

function listOf(words: string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
