import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { LoadClosedError, SupersededError, TransientError } from '../../../src/errors.ts';
import { emptyTables } from '../../../src/load/dms/empty-tables.ts';
import { createStart, emptiedDocument, listStarts } from '../../../src/load/dms/run/starts.ts';
import type { Load } from '../../../src/services.ts';
import { bookkeepingOf } from '../../../src/target/bookkeeping.ts';
import { closeTarget } from '../../../src/target/close.ts';
import { prepareTarget } from '../../../src/target/prepare.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import { dmsLoad, setState, type DmsLoad } from './a-load.ts';

const SCHEMA = `
  create table departments (id int primary key);
  create table employees (id int primary key, department int references departments);
  create table "Odd ""table""" (id int) partition by range (id);
  create table "odd part" partition of "Odd ""table""" for values from (0) to (100);`;
const TABLES = ['hr.departments', 'hr.employees', 'hr."Odd ""table"""'];

const databases = openTestDatabases();
let target: TestDatabase;
let load: DmsLoad;
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query(SCHEMA);
  load = await dmsLoad(TABLES);
  load.services.resolveConnection = async () => target.address;
  await prepareTarget(load);
});
afterAll(() => databases.dropAll());

/** What DMS wrote until it failed, or writes once it has been started again. */
async function fill(): Promise<void> {
  await target.query(
    'insert into departments values (1); insert into employees values (1, 1), (2, null); insert into "Odd ""table""" values (1)',
  );
}

async function rows(): Promise<number[]> {
  const [counted] = await target.query<{ counts: number[] }>(
    `select array[(select count(*)::int from departments), (select count(*)::int from employees),
                  (select count(*)::int from "Odd ""table""")] as counts`,
  );
  return counted!.counts;
}

async function start(tables: string[], of: Load = load): Promise<void> {
  const number = (await listStarts(of)).length + 1;
  await createStart(of, { number, how: 'resume-processing', tables, failed: [], after: { run: '', tables: {} } });
}

function empty(of: Load = load) {
  return emptyTables(of, of.plan.shards[0]!);
}

test('empties the tables of the start, no other, and sends the machine back to the control plane', async () => {
  await fill();
  await start(['hr.employees', 'hr."Odd ""table"""']);
  expect(await empty()).toEqual({ status: 'working', waitSeconds: 0, plane: 'control' });
  expect(await rows()).toEqual([1, 0, 0]);
  expect(await load.documents.read(emptiedDocument(load, (await listStarts(load))[0]!))).toBeDefined();
});

test('empties a table that others refer to: preparing took the foreign keys off', async () => {
  await fill();
  await start(['hr.departments']);
  await empty();
  expect(await rows()).toEqual([0, 2, 1]);
});

test('empties once for a start, however often and late it is called: DMS loads again meanwhile', async () => {
  await fill();
  await start(['hr.employees']);
  await Promise.all([empty(), empty(), empty()]);
  await target.query('insert into employees values (7, 1)');
  await empty();
  // Its answer was lost before it was written down: the fence in the target knows.
  await load.documents.remove(emptiedDocument(load, (await listStarts(load))[0]!));
  await empty();
  expect(await rows()).toEqual([1, 1, 1]);
  expect(await load.documents.read(emptiedDocument(load, (await listStarts(load))[0]!))).toBeDefined();
});

test('empties again for the next start', async () => {
  await start(['hr.employees']);
  await empty();
  await fill();
  await start(['hr.departments', 'hr.employees']);
  await empty();
  expect(await rows()).toEqual([0, 0, 1]);
});

test('empties nothing where no start asks for it', async () => {
  await fill();
  expect(await empty()).toMatchObject({ plane: 'control' });
  expect(await rows()).toEqual([1, 2, 1]);
});

describe('empties nothing', () => {
  beforeEach(async () => {
    await fill();
    await start(TABLES);
  });

  async function expectRefused(error: new () => Error, of: Load = load): Promise<void> {
    await expect(empty(of)).rejects.toThrow(error);
    expect(await rows()).toEqual([1, 2, 1]);
  }

  test('of a load that the store says is closed', async () => {
    await setState(load, 'closed');
    await expectRefused(LoadClosedError);
  });

  test('of a load that is closed in the target', async () => {
    await setState(load, 'closed');
    await closeTarget(load);
    await setState(load, 'open');
    await expectRefused(LoadClosedError);
  });

  test('when a later attempt has begun', async () => {
    const next = { ...load, attempt: 2 };
    await setState(next, 'open');
    await expectRefused(LoadClosedError);
    await prepareTarget(next);
    await setState(load, 'open');
    await expectRefused(SupersededError);
  });

  test('when the bookkeeping is gone', async () => {
    await target.query(`drop table ${Object.values(bookkeepingOf(load)).join(', ')}`);
    await expectRefused(LoadClosedError);
  });

  test('while another session holds a table, and says that it may pass', async () => {
    const other = new Client(target.address);
    await other.connect();
    await other.query('begin; lock table employees in share mode');
    await expectRefused(TransientError);
    await other.end();
    await empty();
    expect(await rows()).toEqual([0, 0, 0]);
  });
});

test('a load that is closed while its tables are emptied either was emptied or is not touched any more', async () => {
  await fill();
  await start(TABLES);
  const emptying = empty().catch((reason: unknown) => reason);
  await setState(load, 'closed');
  await closeTarget(load);
  const left = await rows();
  const end = await emptying;
  expect(await rows()).toEqual(left);
  if (end instanceof Error) expect(end).toBeInstanceOf(LoadClosedError);
  expect(left).toEqual(end instanceof Error ? [1, 2, 1] : [0, 0, 0]);
});
