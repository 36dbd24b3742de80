import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LoadFailedError } from '../../../src/errors.ts';
import type { Load } from '../../../src/services.ts';
import { awsStandIns, setDmsStage, stopAwsStandIns, throughDms } from '../../support/dms-stage.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  requestOf,
  settleAndRestore,
  tearDown,
  verify,
  type LoadStage,
} from '../../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const TABLES = ['hr.departments', 'hr.employees', 'hr.log'];
const SCHEMA = `
  create schema hr;
  create table hr.departments (id int primary key, name varchar(40) not null);
  create table hr.employees (id int primary key, name varchar(40) not null, department int references hr.departments);
  create table hr.log (at timestamp not null, what varchar(40));`;
const DATA = `
  insert into hr.departments select g, 'Département ' || g from generate_series(1, 10) g;
  insert into hr.employees select g, 'Łukasz ' || g, g % 10 + 1 from generate_series(1, 5000) g;
  insert into hr.log select '2026-01-01', 'the same line' from generate_series(1, 3000) g;
  analyze;`;

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;
let load: Load;
afterEach(async () => {
  await tearDown(load, 'failed');
  const { resources } = await awsStandIns();
  expect(resources()).toEqual([]);
  await stage.remove();
});
afterAll(async () => {
  await databases.dropAll();
  await stopAwsStandIns();
});

async function faults() {
  return (await awsStandIns()).dms.dataFaults;
}

function planned(dms: object, attempt = 1): Promise<Load> {
  const { strategy, ...settings } = throughDms;
  return plannedLoad(stage.services, requestOf(TABLES, { strategy, ...settings, dms }), 'bad-run', attempt);
}

async function expectEverythingOnce(): Promise<void> {
  await settleAndRestore(load);
  expect(await verify(load)).toBe(true);
  for (const table of TABLES) expect(await digestOf(target, table)).toEqual(await digestOf(source, table));
}

function digestOf(database: TestDatabase, table: string) {
  return database.query(
    `select count(*), md5(string_agg(t::text, '|' order by t::text collate "C")) as digest from ${table} t`,
  );
}

describe.each(['instance', 'serverless'])('on %s', (mode) => {
  // By the fast clock a busy machine stands still for hours.
  const patient = { mode, stalledMinutes: 20_000 };

  beforeEach(async () => {
    [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
    await source.query(SCHEMA + DATA);
    await target.query(SCHEMA);
    stage = await setDmsStage(source.address, target.address);
    load = await planned(patient);
    await provision(load);
  });

  test.each(['hr.employees', 'hr.log'])(
    'rows of %s that were there when its load failed are not there twice',
    async (table) => {
      (await faults()).tableFails({ table, afterRows: 1_234 });
      await advanceAll(load);
      await expectEverythingOnce();
    },
  );

  test.each(['RECOVERABLE_ERROR', 'RECYCLE_TASK', 'FULL_LOAD_ONLY_FINISHED'])(
    'a run that %s ends in the middle is gone on with, twice',
    async (reason) => {
      for (const afterRows of [700, 4_000])
        (await faults()).runEnds({ stopReason: `Stop Reason ${reason}`, afterRows });
      await advanceAll(load);
      await expectEverythingOnce();
    },
  );

  test('a run that has ended before anybody looked is a success all the same', async () => {
    (await faults()).runFinishesAtOnce();
    await advanceAll(load);
    await expectEverythingOnce();
  });

  test('a table that fails again fails the load, with its state and what DMS said', async () => {
    (await faults()).tableFails({ table: 'hr.log', afterRows: 10, times: 2, message: 'disk is full' });
    const advancing = advanceAll(load);
    await expect(advancing).rejects.toThrow(LoadFailedError);
    await expect(advancing).rejects.toThrow(/disk is full.*hr\.log: Table error .*did not help: hr\.log/);
  });

  test.each([
    ['NORMAL', 100],
    ['STOPPED_DUE_TO_LOW_MEMORY', 100],
    ['STOPPED_AFTER_FULL_LOAD', Infinity],
  ])('a run that ends for the reason %s after %d rows fails the load', async (reason, afterRows) => {
    (await faults()).runEnds({ stopReason: `Stop Reason ${reason}`, afterRows });
    await expect(advanceAll(load)).rejects.toThrow(reason);
  });

  test('a run that stands still is given up', async () => {
    const impatient = { ...load, request: { ...load.request, dms: { mode, stalledMinutes: 120 } } } as Load;
    (await faults()).runStalls({ afterRows: 1_500 });
    await expect(advanceAll(impatient)).rejects.toThrow('nothing changed for 120 minutes');
  });

  test('what somebody stopped is gone on with by a next attempt', async () => {
    (await faults()).runEnds({ stopReason: 'Stop Reason NORMAL', afterRows: 2_000 });
    await expect(advanceAll(load)).rejects.toThrow('NORMAL');
    load = await planned(patient, 2);
    await provision(load);
    await advanceAll(load);
    await expectEverythingOnce();
  });

  test('rows that an earlier attempt left are gone before a new start', async () => {
    await advanceAll(load);
    await tearDown({ ...load, request: { ...load.request, onFailure: 'keep' } }, 'failed');
    // As accepting a next attempt does, of one that failed.
    for (const path of [...(await load.documents.list('dms/')), 'shards/s1.json'])
      await load.documents.remove({ path });
    load = await planned(patient, 2);
    await provision(load);
    await advanceAll(load);
    await expectEverythingOnce();
  });
});
