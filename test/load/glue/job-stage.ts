import { buildJobDocument } from '../../../src/load/glue/job/job-document-of.ts';
import type { JobDocument, JobTable } from '../../../src/load/glue/job/job-document.ts';
import type { DatabaseAddress } from '../../../src/databases/address.ts';
import type { Load } from '../../../src/services.ts';
import { prepareTarget } from '../../../src/target/prepare.ts';
import { JobSteps } from '../../support/job-steps.ts';
import { plannedLoad, requestOf, setLoadStage, untilDone, type LoadStage } from '../../support/loads.ts';

/** A load through Glue between two databases, as far as its job's document, with what runs its SQL. */
export interface JobStage {
  load(tables: unknown[], more?: Record<string, unknown>, attempt?: number): Promise<Load>;
  /** The same with the target prepared. */
  prepared(tables: unknown[], more?: Record<string, unknown>): Promise<Load>;
  steps(document: JobDocument): JobSteps;
  /** The whole job, but for the report. */
  run(load: Load, start: string): Promise<JobDocument>;
  remove(): Promise<void>;
}

export const START = '11111111-2222-4333-8444-555555555555';
export const LATER_START = '99999999-2222-4333-8444-555555555555';

export async function setJobStage(source: DatabaseAddress, target: DatabaseAddress): Promise<JobStage> {
  const stage: LoadStage = await setLoadStage(source, target);
  const addresses = new Map([
    ['test/source', source],
    ['test/target', target],
  ]);
  Object.assign(stage.services, {
    deployment: {
      name: 'test',
      glue: { roleArn: 'arn:aws:iam::1:role/job', storeAddress: 's3://store/prefix', scriptDirectory: 'glue' },
    },
    resolveConnection: async (reference: string) => addresses.get(reference),
  });
  const opened: JobSteps[] = [];
  const steps = (document: JobDocument) => {
    const made = new JobSteps(document, async (name) => secretOf(addresses.get(name)!));
    opened.push(made);
    return made;
  };
  const load: JobStage['load'] = (tables, more = {}, attempt = 1) => {
    const request = requestOf(tables, {
      strategy: 'glue',
      ...more,
      source: { engine: source.engine, connection: 'test/source', ...(more['source'] as object) },
      target: { connection: 'test/target', ...(more['target'] as object) },
    });
    return plannedLoad(stage.services, request, 'a-load', attempt);
  };
  return {
    load,
    async prepared(tables, more) {
      const planned = await load(tables, more);
      await untilDone(() => prepareTarget(planned));
      return planned;
    },
    steps,
    async run(planned, start) {
      const document = buildJobDocument(planned, start);
      const job = steps(document);
      await job.takeOver();
      await job.openSnapshot();
      for (const table of document.tables) await runTable(job, table);
      await job.end();
      return document;
    },
    async remove() {
      for (const each of opened) await each.end();
      await stage.remove();
    },
  };
}

async function runTable(job: JobSteps, table: JobTable): Promise<void> {
  if (await job.published(table)) return;
  await job.createStage(table);
  let read = 0;
  for (const partition of table.read.partitions.keys()) read += await job.stagePartition(table, partition);
  await job.publish(table, read);
  await job.dropStage(table);
}

function secretOf({ engine, host, port, database, user, password }: DatabaseAddress): string {
  return JSON.stringify({ engine, host, port, dbname: database, username: user, password, ssl: false });
}
