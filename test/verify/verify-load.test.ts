import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { useStandIns } from '../../local/aws/environment.ts';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import { s3 } from '../../src/aws/clients.ts';
import { removeFolder } from '../../src/files/folder.ts';
import type { TableCounts, TableVerification } from '../../src/model.ts';
import { planTables } from '../../src/plan/tables.ts';
import type { Load } from '../../src/services.ts';
import {
  LoadDocuments,
  positionsDocument,
  shardDocument,
  stitchPointDocument,
  verificationDocument,
} from '../../src/store/documents.ts';
import { surveyDatabases } from '../../src/survey/survey.ts';
import { takePositionBefore } from '../../src/verify/positions.ts';
import { verifyLoad } from '../../src/verify/verify-load.ts';
import { requestOf, setLoadStage, untilDone, verify, type LoadStage } from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** Counting after a transformation, and in files. What a job would have done is done by hand. */

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;
let standIn: S3StandIn;
let giveBack: () => void;

beforeAll(async () => {
  standIn = await startS3StandIn();
  giveBack = useStandIns({ s3: standIn });
  source = await databases.createDatabase();
  target = await databases.createDatabase();
});
beforeEach(async () => {
  for (const database of [source, target]) await database.query('drop table if exists people');
  const columns = 'id int primary key, team text, active boolean, ratio double precision';
  await source.query(`create table people (${columns});
    insert into people select n, 'team ' || n % 4, n % 3 > 0, n / 10.0 from generate_series(1, 30) n`);
  await target.query(`create table people (${columns})`);
  stage = await setLoadStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(async () => {
  giveBack();
  await standIn.stop();
  await databases.dropAll();
});

/** A load through a job, after its shard has ended with these counts. */
async function loaded(
  transform: object,
  { rowsRead, rowsWritten }: Pick<TableCounts, 'rowsRead' | 'rowsWritten'>,
  to?: object,
): Promise<Load> {
  const request = requestOf(['public.people'], { transform: { 'public.people': transform } });
  if (to) Object.assign(request, { target: to });
  const survey = await surveyDatabases(request, stage.services);
  const tables = planTables(request, survey);
  const [startedAt, deadlineAt] = [new Date(), new Date(Date.now() + 1e9)];
  const documents = new LoadDocuments(stage.services.store, 'a-load');
  const plan = {
    strategy: 'glue',
    tables,
    ranges: [{ id: 1, table: 'public.people', estimatedRows: 30 }],
    shards: [{ id: 's1', ranges: [1] }],
  } as unknown as Load['plan'];
  const { services } = stage;
  const load: Load = {
    loadId: 'a-load',
    attempt: 1,
    request,
    survey,
    plan,
    startedAt,
    deadlineAt,
    documents,
    services,
  };
  await untilDone(() => takePositionBefore(load));
  const counts = [{ table: 'public.people', rowsRead, rowsWritten, rowsRemoved: 0, rowsReread: 0 }];
  const finishedAt = startedAt.toISOString();
  await documents.write(shardDocument('s1'), { shard: 's1', status: 'succeeded', counts, finishedAt });
  return load;
}

async function fill(rows: number): Promise<void> {
  await target.query(`insert into people select n from generate_series(1, ${rows}) n`);
}

function sinceStart({ startedAt }: Load): number {
  return Date.now() - startedAt.getTime();
}

async function verified(load: Load): Promise<TableVerification> {
  const all = await verify(load);
  const [table] = await load.documents.need(verificationDocument);
  expect(all).toBe(table!.verified);
  return table!;
}

describe('a table of which a filter left some rows', () => {
  test('is verified by counting those in the source', async () => {
    await fill(20);
    const table = await verified(await loaded({ filter: 'active' }, { rowsRead: 30, rowsWritten: 20 }));
    expect(table).toMatchObject({ sourceRows: 20, targetRows: 20, rowsRead: 30, verified: true, mismatches: [] });
    expect(table).not.toHaveProperty('note');
  });

  test('is no match when the job left more out, although it says that it wrote what is there', async () => {
    await fill(19);
    const load = await loaded({ filter: 'active' }, { rowsRead: 30, rowsWritten: 19 });
    // What changed may be known only after a while: here it has passed with the first look.
    const services = { ...load.services, now: () => new Date(load.startedAt.getTime() + 60 * sinceStart(load)) };
    expect(await verified({ ...load, services })).toMatchObject({
      verified: false,
      mismatches: [expect.stringContaining('but 20 of them have not changed since the load began')],
    });
  });

  test('may have lost one to an update since', async () => {
    await fill(20);
    const load = await loaded({ filter: 'active' }, { rowsRead: 30, rowsWritten: 20 });
    await source.query(`
      update people set active = false where id = 1; insert into people values (31, '', true), (32, '', true);
      select pg_stat_force_next_flush()`);
    expect(await verified(load)).toMatchObject({
      verified: true,
      sourceRows: 21,
      note: expect.stringContaining('the source moved: the source holds 21 rows now that the transformation leaves'),
    });
  });

  test('is known from the job where the source may not mean the same, and says so', async () => {
    await fill(5);
    const table = await verified(await loaded({ filter: 'ratio > 2.5' }, { rowsRead: 30, rowsWritten: 5 }));
    expect(table).toMatchObject({ verified: true, sourceRows: 30, targetRows: 5 });
    expect(table.note).toMatch(/is the job's own count \(the filter compares ratio, double precision/);
  });
});

describe('a table whose rows were told apart', () => {
  test('is verified by counting the different ones', async () => {
    await fill(4);
    const load = await loaded({ deduplicate: { key: ['team'] } }, { rowsRead: 47, rowsWritten: 4 });
    expect(await verified(load)).toMatchObject({ verified: true, sourceRows: 4, targetRows: 4 });
  });

  test('is no match when the source has others by now: nothing tells since when', async () => {
    await fill(4);
    const load = await loaded({ deduplicate: { key: ['team'] } }, { rowsRead: 30, rowsWritten: 4 });
    await source.query(`insert into people values (31, 'a team of its own')`);
    expect(await verified(load)).toMatchObject({
      verified: false,
      mismatches: [expect.stringContaining('load while nobody writes to it')],
    });
  });
});

describe('a table in files', () => {
  const uri = 's3://warehouse/exports';
  async function put(key: string, body: Buffer | string): Promise<void> {
    const { client, sdk } = await s3();
    await client.send(
      new sdk.PutObjectCommand({ Bucket: 'warehouse', Key: `exports/${key}`, Body: body, ContentLength: body.length }),
    );
  }
  beforeEach(async () => {
    await removeFolder(`${uri}/`);
    const seven = await readFile(new URL('../files/seven-rows.parquet', import.meta.url));
    for (const part of ['part-0.parquet', 'part-1.parquet']) await put(`public.people/${part}`, seven);
    await put('public.people/_SUCCESS', '');
  });
  const toFiles = (filter: string, rowsWritten: number) =>
    loaded({ filter }, { rowsRead: 30, rowsWritten }, { engine: 's3', uri });

  test('is verified by the rows that its files hold, named with its folder, and the stitch point is there', async () => {
    const load = await toFiles('id <= 14', 14);
    expect(await verified(load)).toMatchObject({
      source: 'public.people',
      target: 's3://warehouse/exports/public.people/',
      sourceRows: 14,
      targetRows: 14,
      verified: true,
    });
    expect((await load.documents.need(stitchPointDocument)).source.after).toBeDefined();
    expect((await load.documents.need(positionsDocument)).after).toBeDefined();
  });

  test('is no match when a file is missing', async () => {
    const load = await toFiles('id <= 21', 21);
    expect((await verified(load)).mismatches).toEqual(['the target holds 14 rows where 21 were expected']);
  });

  test('is counted once: an invocation whose time is over goes on in the next one', async () => {
    const load = await toFiles('id <= 14', 14);
    expect(await verifyLoad(load, new Date(0))).toEqual({ status: 'working', waitSeconds: 0 });
    expect(await verified(load)).toMatchObject({ verified: true });
  });

  test('that a writer left unfinished fails the load, by its name', async () => {
    const load = await toFiles('id <= 14', 14);
    await put('public.people/_temporary/0/part-2.parquet', 'PAR1');
    await expect(verify(load)).rejects.toMatchObject({
      name: 'LoadFailedError',
      message: expect.stringContaining('_temporary/0/part-2.parquet'),
    });
  });
});
