import { afterAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { sessionName } from '../../src/databases/postgres/sessions.ts';
import { bookkeepingOf } from '../../src/target/bookkeeping.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { bookkeepingTables, countRows, setStage, setStatus, type Stage } from './stage.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

async function preparedStage(): Promise<{ stage: Stage; load: Awaited<ReturnType<Stage['load']>> }> {
  const stage = await setStage(databases);
  await stage.asOwner('create table public.person (id int primary key)');
  const load = await stage.load(['public.person']);
  await prepareTarget(load);
  await setStatus(load, 'closed');
  return { stage, load };
}

/** A chunk that copied a row and then got stuck between two packets of its COPY, holding the fence. */
async function stuckChunk(stage: Stage, shards: string, applicationName: string) {
  const client = await stage.connectAsOwner(applicationName);
  await client.query('begin');
  await client.query(`select fence from ${shards} where shard = 's1' for share`);
  const copy = client.query(copyFrom('copy public.person from stdin'));
  const failed = once(copy, 'error').then(([error]) => error as Error);
  await new Promise<void>((resolve) => {
    copy.write('1\n', () => resolve());
  });
  return { client, failed };
}

describe('closing a load', () => {
  test('closes every shard, and closing again changes nothing', async () => {
    const { stage, load } = await preparedStage();
    await closeTarget(load);
    await closeTarget(load);
    expect(await stage.database.query(`select closed from ${bookkeepingOf(load).shards}`)).toEqual([{ closed: true }]);
  });

  test('terminates a session that holds the fence in the middle of a COPY, and its rows are gone', async () => {
    const { stage, load } = await preparedStage();
    const stuck = await stuckChunk(stage, bookkeepingOf(load).shards, sessionName(load.loadId, 's1 1'));

    await closeTarget(load);
    expect((await stuck.failed).message).toMatch(/terminat/);
    expect(await stage.database.query(`select closed from ${bookkeepingOf(load).shards}`)).toEqual([{ closed: true }]);
    await cleanTarget(load, { outcome: 'failed' });
    expect(await countRows(stage.database, 'public.person')).toBe(0);
    await stuck.client.end().catch(() => undefined);
  });

  test('terminates nothing of a load whose loadId only begins like this one', async () => {
    const { stage, load } = await preparedStage();
    const neighbour = await stage.connectAsOwner(sessionName(`${load.loadId}0`, 's1 1'));
    const stuck = await stuckChunk(stage, bookkeepingOf(load).shards, sessionName(load.loadId, 's1 1'));

    await closeTarget(load);
    await stuck.failed;
    expect((await neighbour.query('select 1 as alive')).rows).toEqual([{ alive: 1 }]);
    await neighbour.end();
    await stuck.client.end().catch(() => undefined);
  });

  test('gives up for now when a session that is not its own stands in the way', async () => {
    const { stage, load } = await preparedStage();
    const stranger = await stage.connectAsOwner('psql');
    await stranger.query(`begin; select fence from ${bookkeepingOf(load).shards} for share`);
    await expect(closeTarget(load)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringMatching(/a session that is not its own holds a lock/),
    });
    await stranger.end();
  });

  test('waits for a prepare that is under way, or ends it, so that none is left behind', async () => {
    const stage = await setStage(databases);
    await stage.asOwner('create table public.person (id int primary key)');
    const load = await stage.load(['public.person']);
    const reader = await stage.connectAsOwner('a report');
    await reader.query('begin; select * from public.person');
    const preparing = prepareTarget(load).catch((error: unknown) => error);
    await untilWaiting(stage, sessionName(load.loadId, 'prepare'));

    await setStatus(load, 'closed');
    await closeTarget(load);
    expect(await preparing).toMatchObject({ name: 'TransientError' });
    await reader.end();
    await expect(prepareTarget(load)).rejects.toMatchObject({ name: 'LoadClosedError' });
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('a load that never prepared its target has nothing to close', async () => {
    const stage = await setStage(databases);
    await stage.asOwner('create table public.person (id int primary key)');
    await closeTarget(await stage.load(['public.person']));
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });
});

async function untilWaiting(stage: Stage, applicationName: string): Promise<void> {
  for (;;) {
    const rows = await stage.database.query(
      `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`,
      [applicationName],
    );
    if (rows.length > 0) return;
  }
}
