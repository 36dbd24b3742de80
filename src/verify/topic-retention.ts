import type { StitchPoint, TopicPositions } from '../model.ts';

/** By the names that Kafka gives them (kafka.apache.org, "Topic Configs"). */
export const RETENTION_SETTINGS = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'delete.retention.ms'] as const;

/** After the load's deadline a consumer may take as long as this to catch up. */
const CATCH_UP_HOURS = 24;
const HOUR_MILLISECONDS = 3_600_000;
const NO_LIMIT = -1;

/**
 * Whether every live topic holds its records, and a compacted one what says that a row was deleted, until the deadline and a
 * day longer: then that is checked. Else it is what it was stated to be, and the note says which topic does not, as far as
 * its settings tell.
 */
export function stateRetention(
  stated: StitchPoint['conditions'][number],
  topics: TopicPositions['topics'],
  deadlineMinutes: number,
): StitchPoint['conditions'][number] {
  const neededHours = deadlineMinutes / 60 + CATCH_UP_HOURS;
  const short = topics.flatMap(({ topic, settings }) => {
    const problems = findProblems(settings, neededHours);
    return problems.length === 0 ? [] : [`${topic} (${problems.join(', ')})`];
  });
  if (topics.length === 0) return stated;
  if (short.length === 0) return { ...stated, certainty: 'checked' };
  return { ...stated, note: `${stated.note}, for ${inHours(neededHours)}; not seen to: ${short.join('; ')}` };
}

function findProblems(settings: Record<string, string> | undefined, neededHours: number): string[] {
  if (!settings) return ['its settings may not be read'];
  const policies = new Set(settings['cleanup.policy']?.split(',').map((policy) => policy.trim()));
  const problems: string[] = [];
  if (policies.has('delete')) {
    problems.push(...shortTime('retention.ms'));
    const bytes = settings['retention.bytes'];
    if (Number(bytes) !== NO_LIMIT) problems.push(`retention.bytes: ${bytes}, however soon they are written`);
  }
  if (policies.has('compact')) problems.push(...shortTime('delete.retention.ms'));
  return problems;

  function shortTime(name: (typeof RETENTION_SETTINGS)[number]): string[] {
    const milliseconds = Number(settings?.[name]);
    const hours = milliseconds / HOUR_MILLISECONDS;
    return milliseconds === NO_LIMIT || hours >= neededHours ? [] : [`${name}: ${inHours(hours)}`];
  }
}

function inHours(hours: number): string {
  return `${Math.round(hours * 10) / 10} h`;
}
