import { stepsBeyondPlain } from '../../plain-transforms.ts';
import type { FitInput } from '../../strategy.ts';
import { COUNTED_BYTES_PER_SECOND } from './estimate.ts';

/** What one replication instance moves, whatever its class; the same is reckoned with in the estimate for dms. */
const INSTANCE_BYTES_PER_SECOND = 60_000_000;

/** The features of the load that ask for Spark, each by its name in the request; empty when there are none. */
export function findDecisive({ request, tables }: FitInput): string[] {
  const { target, transform = {}, limits } = request;
  const features = Object.entries(transform).flatMap(([table, steps]) => {
    if (typeof steps === 'string') return ['transform.script is a PySpark module, which direct and dms cannot run'];
    const more = stepsBeyondPlain(steps);
    return more.length === 0
      ? []
      : [`transform[${JSON.stringify(table)}] has ${listOf(more)}, which direct and dms cannot do`];
  });
  if (target?.engine === 's3') features.push('target.engine is "s3", and direct and dms write to databases');
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  const seconds = bytes / INSTANCE_BYTES_PER_SECOND + (2 * bytes) / COUNTED_BYTES_PER_SECOND;
  if (seconds > limits.deadlineMinutes * 60) {
    const gigabytes = Math.round(bytes / 1e9).toLocaleString('en-US');
    features.push(
      `about ${gigabytes} GB are more than one instance moves in ${limits.deadlineMinutes} minutes (limits.deadlineMinutes)`,
    );
  }
  return features;
}

function listOf(words: string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
