import { quoteLiteral } from '../../../databases/postgres/identifiers.ts';
import { endSessionsSql } from '../../../databases/postgres/sessions.ts';
import { stagingOf } from '../../../databases/postgres/staging.ts';
import type { TablePlan } from '../../../model.ts';
import { resourceName } from '../../../request/resource-name.ts';
import { writeTableName } from '../../../request/table-name.ts';
import type { Load } from '../../../services.ts';
import { bookkeepingOf, bookkeepingSchema } from '../../../target/bookkeeping.ts';
import type { JobFence, JobOutput, JobStaging } from './job-document.ts';
import { jobSessions, runSessions } from './connections.ts';

type Planned = Pick<Load, 'loadId' | 'attempt' | 'request' | 'survey' | 'plan'>;

/** What the names of a load's staging tables begin with; they stand beside its bookkeeping. */
export function stagePrefix({ loadId }: Pick<Load, 'loadId'>): string {
  return `${resourceName(loadId, 'stage')}-`;
}

/** The start is the shard's fence: whoever took it last may publish, until the load is closed. */
export function fenceOf(load: Planned, start: string): JobFence {
  const [shard, ...others] = load.plan.shards;
  if (!shard || others.length > 0) throw new Error('A job loads one shard, which is the whole load.');
  const { shards, load: loadRow } = bookkeepingOf(load);
  const ofShard = `shard = ${quoteLiteral(shard.id)}`;
  return {
    endEarlier: [endSessionsSql(jobSessions(load), runSessions(load, start))],
    // A run that was left behind by an earlier attempt finds its shard open again, and its attempt over.
    take:
      `update ${shards} set fence = ${quoteLiteral(start)} where ${ofShard} and not closed ` +
      `and exists (select from ${loadRow} where attempt = ${load.attempt})`,
    hold: `select fence = ${quoteLiteral(start)} and not closed from ${shards} where ${ofShard} for share`,
  };
}

/** @param number of the table in the plan, from 1 @param output what is made of the rows */
export function jobStagingOf(
  load: Planned,
  start: string,
  { table, number, output }: { table: TablePlan; number: number; output: JobOutput[] },
): JobStaging {
  const stage = resourceName(load.loadId, `stage-${number}-${start.slice(0, 8)}`);
  const columns = load.request.transform?.script === undefined ? output.map(({ name }) => name) : writable(load, table);
  return {
    ...stagingOf(writeTableName({ schema: bookkeepingSchema(load), table: stage }), table.target, columns),
    ...recordOf(load, table),
  };
}

/** A script may fill any column that the target doesn't compute. */
function writable({ survey }: Planned, { target }: TablePlan): string[] {
  const surveyed = survey.target?.tables.find(({ name }) => name === target);
  if (!surveyed) throw new Error(`The survey does not describe ${target}.`);
  return surveyed.columns.filter(({ generated }) => !generated).map(({ name }) => name);
}

/** A table is published as a whole: its first range has the counts, and all of them are done. */
function recordOf(load: Planned, { source }: TablePlan): Pick<JobStaging, 'isPublished' | 'record'> {
  const { ranges } = bookkeepingOf(load);
  const ids = load.plan.ranges.filter(({ table }) => table === source).map(({ id }) => id);
  const [first] = ids;
  if (first === undefined) throw new Error(`The plan has no range of ${source}.`);
  return {
    isPublished: `select done, rows_read, rows_written from ${ranges} where range = ${first} for update`,
    record:
      `update ${ranges} set done = true, chunks = 1, ` +
      `rows_read = case range when ${first} then ?::bigint else 0 end, ` +
      `rows_written = case range when ${first} then ?::bigint else 0 end where range in (${ids.join(', ')})`,
  };
}
