import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { LoadFailedError } from '../../../src/errors.ts';
import { limitedLobs } from '../../../src/load/dms/weigh/lobs.ts';
import { settle } from '../../../src/load/dms/settle.ts';
import type { ColumnSurvey } from '../../../src/model.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import { dmsLoad, type DmsLoad } from './a-load.ts';

const databases = openTestDatabases();
let target: TestDatabase;
let load: DmsLoad;
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query('create table employees (id int); create table log (id int, what text, "Raw ""data""" bytea)');
  load = await dmsLoad(['hr.employees', 'hr.log']);
  load.services.resolveConnection = async () => target.address;
  addLobs(load);
});
afterAll(() => databases.dropAll());

/** Of the second table, which has no key: so they are moved up to a limit. */
function addLobs({ plan, survey }: DmsLoad): void {
  const [, table] = plan.tables;
  const columns = ['what', 'Raw "data"'].map((name, index): ColumnSurvey => ({
    name,
    type: index === 0 ? 'text' : 'bytea',
    nullable: true,
    generated: false,
    hasDefault: false,
    fingerprint: '',
  }));
  delete table!.key;
  table!.columns.push(...columns.map(({ name }) => ({ source: name, target: name })));
  for (const side of [survey.source, survey.target!]) {
    const surveyed = side.tables[1]!;
    surveyed.columns = [...surveyed.columns, ...columns];
    delete surveyed.key;
    surveyed.largestLobBytes = 1_000;
  }
}

async function insert(bytes: number, column: string): Promise<void> {
  const value = column === 'what' ? `repeat('x', ${bytes})` : `decode(repeat('00', ${bytes}), 'hex')`;
  await target.query(`insert into log (${column === 'what' ? 'what' : '"Raw ""data"""'}) values (${value}), (null)`);
}

test('a load whose large objects are all shorter than what DMS moves is done', async () => {
  const { fromBytes } = limitedLobs(load)[0]!;
  await insert(fromBytes - 1, 'what');
  await insert(fromBytes - 1, 'Raw "data"');
  expect(await settle(load)).toEqual({ status: 'done' });
  expect(await settle(load)).toEqual({ status: 'done' });
});

test('a table without rows is done', async () => {
  expect(await settle(load)).toEqual({ status: 'done' });
});

test.each(['what', 'Raw "data"'])(
  'a value of %s that DMS may have cut fails the load, named by its column',
  async (column) => {
    const { fromBytes } = limitedLobs(load)[0]!;
    await insert(10, column === 'what' ? 'Raw "data"' : 'what');
    await insert(fromBytes, column);
    const settling = settle(load);
    await expect(settling).rejects.toThrow(LoadFailedError);
    await expect(settling).rejects.toThrow(`public.log.${column} holds a value of ${fromBytes} bytes`);
  },
);

test('without limits nothing is read: no connection is made', async () => {
  const other = await dmsLoad();
  expect(await settle(other)).toEqual({ status: 'done' });
});
