import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LoadClosedError, LoadFailedError, SupersededError } from '../../../src/errors.ts';
import { confirm } from '../../../src/load/glue/confirm.ts';
import { reportDocument } from '../../../src/load/glue/documents.ts';
import { dropStaging } from '../../../src/load/glue/drop-staging.ts';
import { buildJobDocument } from '../../../src/load/glue/job/job-document-of.ts';
import type { JobReport } from '../../../src/load/glue/job/job-document.ts';
import { startOf } from '../../../src/load/glue/run/starts.ts';
import type { Load } from '../../../src/services.ts';
import { shardDocument } from '../../../src/store/documents.ts';
import { bookkeepingOf, dropBookkeeping } from '../../../src/target/bookkeeping.ts';
import { databaseTargetOf } from '../../../src/request/database-target.ts';
import { withTarget } from '../../../src/target/session.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import { LATER_START, setJobStage, START, type JobStage } from './job-stage.ts';

/** The data plane's parts of a load through Glue: what is there when the job has ended, and what it left. */

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: JobStage;

beforeEach(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  stage = await setJobStage(source.address, target.address);
  const create = 'create table public.people (id int primary key, name text); create table public.empty (id int)';
  await source.query(`${create}; insert into public.people select g, 'name ' || g from generate_series(1, 7) g`);
  await target.query(create);
});
afterEach(() => stage.remove());
afterAll(() => databases.dropAll());

const TABLES = ['public.people', 'public.empty'];
const recordOf = (load: Load) => load.documents.read(shardDocument('s1'));
const confirmed = (load: Load) => confirm(load, load.plan.shards[0]!, load.deadlineAt);

describe('a job that ended well', () => {
  test('is a success once the target says that every table is there, with its counts', async () => {
    const load = await stage.prepared(TABLES);
    await stage.run(load, START);
    for (let time = 1; time <= 2; time += 1) expect(await confirmed(load)).toEqual({ status: 'done' });
    expect(await recordOf(load)).toMatchObject({
      shard: 's1',
      status: 'succeeded',
      severalSnapshots: false,
      counts: [
        { table: 'public.people', rowsRead: 7, rowsWritten: 7, rowsRemoved: 0, rowsReread: 0 },
        { table: 'public.empty', rowsRead: 0, rowsWritten: 0, rowsRemoved: 0, rowsReread: 0 },
      ],
    });
  });

  test('has read more than it has written, where rows are left out', async () => {
    const load = await stage.prepared(['public.people']);
    await stage.run(load, START);
    await target.query(`update ${bookkeepingOf(load).ranges} set rows_read = 12`);
    await confirmed(load);
    expect((await recordOf(load))?.counts).toMatchObject([{ rowsRead: 12, rowsWritten: 7 }]);
  });

  test('is none when a table was not published, whatever Glue says of it', async () => {
    const load = await stage.prepared(TABLES);
    const { tables, ...document } = buildJobDocument(load, START);
    const job = stage.steps({ ...document, tables: tables.slice(0, 1) });
    await job.takeOver();
    await job.createStage(tables[0]!);
    await job.publish(tables[0]!, 0);
    await expect(confirmed(load)).rejects.toThrow(LoadFailedError);
    expect(await recordOf(load)).toBeUndefined();
  });

  test('has rows of several moments in a next attempt, which finds what an earlier one published', async () => {
    const load = await stage.prepared(TABLES);
    await stage.run(load, START);
    await target.query(`update ${bookkeepingOf(load).load} set attempt = 2`);
    await confirmed({ ...load, attempt: 2 });
    expect((await recordOf(load))?.severalSnapshots).toBe(true);
  });

  test('has so, too, where sessions share no view of the source', async () => {
    const load = await stage.prepared(TABLES);
    await stage.run(load, START);
    await confirmed({ ...load, plan: { ...load.plan, consistency: 'snapshot-per-chunk' } });
    expect((await recordOf(load))?.severalSnapshots).toBe(true);
  });

  test('is no matter for an attempt that is over, or a load that is torn down', async () => {
    const load = await stage.prepared(TABLES);
    await stage.run(load, START);
    await target.query(`update ${bookkeepingOf(load).load} set attempt = 2`);
    await expect(confirmed(load)).rejects.toThrow(SupersededError);
    await removeBookkeeping(load);
    await expect(confirmed(load)).rejects.toThrow(LoadClosedError);
  });
});

describe('files that a job wrote', () => {
  async function filesLoad(report: (start: string) => Partial<JobReport>): Promise<Load> {
    const planned = await stage.load(['public.people']);
    const load = { ...planned, request: { ...planned.request, target: { engine: 's3' as const, uri: 's3://out/x' } } };
    const { id } = await startOf(load);
    const written: JobReport = {
      start: id,
      state: 'succeeded',
      updatedAt: '2026-01-01T00:00:00.000Z',
      tables: [{ table: 'public.people', state: 'done', rowsRead: 7, rowsWritten: 5 }],
    };
    await load.documents.write(reportDocument(id), { ...written, ...report(id) });
    return load;
  }

  test('are as many rows as its report says', async () => {
    const load = await filesLoad(() => ({}));
    expect(await confirmed(load)).toEqual({ status: 'done' });
    expect(await recordOf(load)).toMatchObject({
      status: 'succeeded',
      counts: [{ table: 'public.people', rowsRead: 7, rowsWritten: 5 }],
    });
  });

  test.each<[string, Partial<JobReport>]>([
    ['has not ended', { state: 'running' }],
    ['says nothing of a table', { tables: [] }],
    ['is still at a table', { tables: [{ table: 'public.people', state: 'loading', rowsRead: 7, rowsWritten: 5 }] }],
  ])('are not there when the report %s', async (_case, more) => {
    await expect(confirmed(await filesLoad(() => more))).rejects.toThrow(
      "The job's report does not say that the files of public.people are written.",
    );
  });
});

describe('what a job left', () => {
  const stages = () =>
    target.query(`select relname as name from pg_class where relname like 'il-%-stage-%' and relkind = 'r' order by 1`);

  async function leaveStages(load: Load): Promise<string[]> {
    for (const start of [START, LATER_START]) {
      const document = buildJobDocument(load, start);
      const job = stage.steps(document);
      await job.takeOver();
      for (const table of document.tables) await job.createStage(table);
    }
    return (await stages()).map(({ name }) => `public."${String(name)}"`);
  }

  test('is dropped: the staging tables of every start, and nothing else', async () => {
    const load = await stage.prepared(TABLES);
    await target.query('create table public."il-0123456789-stage-1-11111111" (of_another_load int)');
    const names = (await leaveStages(load)).filter((name) => !name.includes('0123456789'));
    expect(names).toHaveLength(4);
    expect(await dropStaging(load)).toEqual(names.map((id) => ({ type: 'table', id, status: 'deleted' })));
    expect(await dropStaging(load)).toEqual([]);
    expect(await stages()).toEqual([{ name: 'il-0123456789-stage-1-11111111' }]);
    expect(await target.query('select to_regclass($1) is not null as there', [bookkeepingOf(load).ranges])).toEqual([
      { there: true },
    ]);
  });

  test('is dropped also when nothing else of the load is left, and when it is kept', async () => {
    const load = await stage.prepared(TABLES, { onFailure: 'keep' });
    await leaveStages(load);
    await removeBookkeeping(load);
    expect(await dropStaging(load)).toHaveLength(4);
  });

  test('is dropped from under a session of the job that still writes into it', async () => {
    const load = await stage.prepared(TABLES);
    await leaveStages(load);
    const { Client } = await import('pg');
    const writer = new Client({ ...target.address, application_name: `il ${load.loadId} glue ${START.slice(0, 8)}` });
    const ended = new Promise((resolve) => writer.on('error', resolve));
    await writer.connect();
    const { stage: first } = buildJobDocument(load, START).tables[0]!.database!;
    await writer.query(`begin; insert into ${first} (il_part, c1) values (0, 1)`);
    expect(await dropStaging(load)).toHaveLength(4);
    await ended;
  });

  test('is a next attempt’s, once that has prepared the target', async () => {
    const load = await stage.prepared(TABLES);
    await leaveStages(load);
    await target.query(`update ${bookkeepingOf(load).load} set attempt = 2`);
    await expect(dropStaging(load)).rejects.toThrow(SupersededError);
    expect(await stages()).toHaveLength(4);
  });

  test('of files is nothing in a database', async () => {
    const load = await stage.load(['public.people']);
    const files = { ...load, request: { ...load.request, target: { engine: 's3' as const, uri: 's3://out/x' } } };
    expect(await dropStaging(files)).toEqual([]);
  });
});

async function removeBookkeeping(load: Load): Promise<void> {
  await withTarget(load, databaseTargetOf(load.request)!, 'test', (client) => dropBookkeeping(client, load));
}
