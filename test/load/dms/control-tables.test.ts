import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dropControlTables } from '../../../src/load/dms/control-tables.ts';
import { nameOf } from '../../../src/load/dms/names.ts';
import type { Load } from '../../../src/services.ts';
import {
  outcomeDocument,
  planDocument,
  requestDocument,
  stateDocument,
  tornDownDocument,
  type LoadState,
} from '../../../src/store/documents.ts';
import { cleanTarget } from '../../../src/target/clean.ts';
import { prepareTarget } from '../../../src/target/prepare.ts';
import { restoreAfterwards } from '../../../src/tear-down/restore.ts';
import { plannedLoad, requestOf, setLoadStage, type LoadStage } from '../../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const MADE = `
  create table hr.awsdms_apply_exceptions ("TASK_NAME" text, "ERROR" text);
  create table hr.awsdms_validation_failures_v1 ("TASK_NAME" text, "DETAILS" text);`;
const NAMES = ['hr.awsdms_apply_exceptions', 'hr.awsdms_validation_failures_v1'];
const deleted = (id: string) => ({ type: 'table', id, status: 'deleted' });

describe("DMS's own tables in the target", () => {
  const databases = openTestDatabases();
  let target: TestDatabase;
  let source: TestDatabase;
  let stage: LoadStage;
  beforeEach(async () => {
    [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
    for (const database of [source, target]) {
      await database.query('create schema hr; create table hr.employees (id int primary key)');
    }
    stage = await setLoadStage(source.address, target.address);
  });
  afterEach(() => stage.remove());
  afterAll(() => databases.dropAll());

  async function prepared(): Promise<Load> {
    const load = await plannedLoad(stage.services, requestOf(['hr.employees']));
    await prepareTarget(load);
    return load;
  }
  const left = async () =>
    (
      await target.query<{ name: string }>(
        "select oid::regclass::text as name from pg_class where relname like 'awsdms%' order by 1",
      )
    ).map(({ name }) => name);
  const insert = (table: string, task: string) => target.query(`insert into ${table} values ($1)`, [task]);

  test('go with what the load wrote in them, once', async () => {
    const load = await prepared();
    await target.query(MADE);
    await insert(NAMES[0]!, nameOf(load, 'task'));
    await insert(NAMES[1]!, nameOf(load, 'replication').toUpperCase());
    expect(await dropControlTables(load)).toEqual(NAMES.map(deleted));
    expect(await left()).toEqual([]);
    expect(await dropControlTables(load)).toEqual([]);
  });

  test.each(['a load that succeeded', 'a load that failed', 'a load that is kept'])(
    'are gone after the tear-down of %s, which says so',
    async (kind) => {
      const load = await prepared();
      await target.query(MADE);
      const { documents, loadId, attempt } = load;
      const onFailure = kind === 'a load that is kept' ? 'keep' : 'discard';
      const failure = { error: 'LoadFailedError', cause: 'It failed.', advice: '' };
      await documents.write(requestDocument, { ...load.request, onFailure });
      await documents.write(planDocument, { ...load.plan, strategy: 'dms' });
      await documents.write(outcomeDocument, { attempt, ...(kind !== 'a load that succeeded' && { failure }) });
      const state = { loadId, attempt, status: 'closed', provisioned: true, startedAt: load.startedAt.toISOString() };
      await documents.write(stateDocument, state as LoadState);
      await restoreAfterwards({ loadId, attempt, closed: { status: 'closed', plane: 'control' } }, stage.services);
      expect(await left()).toEqual([]);
      expect(await documents.read(tornDownDocument)).toEqual(expect.arrayContaining(NAMES.map(deleted)));
    },
  );

  test('stay where they were before, without the rows of the load', async () => {
    await target.query(MADE);
    const load = await prepared();
    for (const task of [nameOf(load, 'task'), 'theirs']) await insert(NAMES[0]!, task);
    expect(await dropControlTables(load)).toEqual([]);
    expect(await left()).toEqual(NAMES);
    expect(await target.query(`select "TASK_NAME" from ${NAMES[0]}`)).toEqual([{ TASK_NAME: 'theirs' }]);
  });

  test('stay when another task has written in them meanwhile', async () => {
    const load = await prepared();
    await target.query(MADE);
    await insert(NAMES[0]!, 'theirs');
    expect(await dropControlTables(load)).toEqual([
      { type: 'table', id: NAMES[0], status: 'kept', detail: expect.stringContaining('another task') },
      deleted(NAMES[1]!),
    ]);
    expect(await left()).toEqual([NAMES[0]]);
  });

  test('stay, with the reason, where the database refuses to drop them, and keep nothing else', async () => {
    const load = await prepared();
    await target.query(`${MADE} create view hr.problems as select * from ${NAMES[0]}`);
    expect(await dropControlTables(load)).toEqual([
      { type: 'table', id: NAMES[0], status: 'kept', detail: expect.stringContaining('other objects depend on it') },
      deleted(NAMES[1]!),
    ]);
  });

  test('are left alone by a load whose bookkeeping is gone, and where nobody looked for them before', async () => {
    const load = await prepared();
    await target.query(MADE);
    const { dmsControlTables: _, ...unlooked } = load.survey.target!;
    expect(await dropControlTables({ ...load, survey: { ...load.survey, target: unlooked } })).toEqual([]);
    await cleanTarget(load, { outcome: 'failed' });
    expect(await dropControlTables(load)).toEqual([]);
    expect(await left()).toEqual(NAMES);
  });
});
