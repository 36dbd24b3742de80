import type { TablePlan } from '../../../model.ts';
import { databaseTargetOf } from '../../../request/database-target.ts';
import { filesOf, filesTargetOf } from '../../../request/files-target.ts';
import type { Load } from '../../../services.ts';
import { addressOf, REQUEST_SCRIPT, SCRIPT_FOLDER } from '../addresses.ts';
import { reportDocument } from '../documents.ts';
import { sourceOf, targetOf } from './connections.ts';
import type { JobDocument, JobTable } from './job-document.ts';
import { readOf } from './read.ts';
import { jobRowsOf } from './rows.ts';
import { fenceOf, jobStagingOf } from './staging.ts';
import { jobTransformOf } from './transform.ts';

type PlannedLoad = Pick<Load, 'loadId' | 'attempt' | 'request' | 'survey' | 'plan' | 'services'>;

/** What the job is told, from what was asked, measured and planned. Pure: the deployment's addresses are all it takes of services. */
export function buildJobDocument(load: PlannedLoad, start: string): JobDocument {
  const target = databaseTargetOf(load.request);
  return {
    version: 1,
    loadId: load.loadId,
    attempt: load.attempt,
    start,
    report: addressOf(load, reportDocument(start).path),
    source: sourceOf(load, start),
    ...(target && { target: { ...targetOf(load, start, target), ...fenceOf(load, start) } }),
    ...(load.request.transform?.script !== undefined && {
      script: addressOf(load, SCRIPT_FOLDER + REQUEST_SCRIPT),
    }),
    tables: load.plan.tables.map((table, index) => tableOf(load, start, { table, number: index + 1 })),
  };
}

function tableOf(load: PlannedLoad, start: string, place: { table: TablePlan; number: number }): JobTable {
  const { table } = place;
  const transform = jobTransformOf(load, table);
  const files = filesTargetOf(load.request);
  return {
    table: table.source,
    read: readOf(load, table),
    transform,
    ...(databaseTargetOf(load.request) && {
      database: jobStagingOf(load, start, { ...place, output: transform.output }),
    }),
    ...(files && { files: filesOf(files, table.target) }),
    ...(load.plan.topics && { rows: jobRowsOf(load, start, place) }),
  };
}
