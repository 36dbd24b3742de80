import { afterAll, expect, test } from '@jest/globals';
import { cleanTarget } from '../../src/target/clean.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { restoreTarget } from '../../src/target/restore.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { RECORD_SHOP, RECORD_SHOP_ROWS, RECORD_SHOP_TABLES } from './schemas.ts';
import { bookkeepingTables, countRows, fingerprint, setStage, type Stage } from './stage.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

/**
 * A superuser's event trigger that kills the session of a load that executes the n-th definition statement from now on. It counts
 * with a sequence, which no rollback sets back.
 */
async function armKiller(stage: Stage): Promise<{ killAt(n: number): Promise<void> }> {
  await stage.database.query(`
    create schema killer;
    create sequence killer.statement;
    create table killer.plan (at int);
    insert into killer.plan values (0);
    create function killer.count() returns event_trigger language plpgsql security definer as $$
      begin
        if current_setting('application_name') not like 'il %' then return; end if;
        if nextval('killer.statement') = (select at from killer.plan) then
          perform pg_terminate_backend(pg_backend_pid());
        end if;
      end $$;
    create event trigger killer on ddl_command_end execute function killer.count()`);
  return {
    async killAt(n) {
      await stage.database.query(`update killer.plan set at = ${n}; select setval('killer.statement', 1, false)`);
    },
  };
}

function failureOf(step: Promise<unknown>): Promise<unknown> {
  return step.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const withoutKiller = (lines: Record<string, unknown>[]) => lines.filter(({ owner }) => owner !== 'killer');

test('a prepare killed at any statement has changed nothing', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  await stage.asOwner('insert into shop.artist values (1, null, null)');
  const killer = await armKiller(stage);
  const before = withoutKiller(await fingerprint(stage.database));
  const load = await stage.load(RECORD_SHOP_TABLES, { ifNotEmpty: 'truncate' });

  let deaths = 0;
  for (;;) {
    await killer.killAt(deaths + 1);
    const failure = await failureOf(prepareTarget(load));
    if (!failure) break;
    expect(failure).toMatchObject({ name: 'TransientError' });
    deaths += 1;
    expect(withoutKiller(await fingerprint(stage.database))).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
    expect(await countRows(stage.database, 'shop.artist')).toBe(1);
  }
  expect(deaths).toBeGreaterThanOrEqual(12);
  expect(await countRows(stage.database, 'shop.artist')).toBe(0);
});

test('a restore killed at any statement goes on where it was, and loses nothing', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  const killer = await armKiller(stage);
  const keys = () =>
    stage.database.query(`select conname, pg_get_constraintdef(oid), obj_description(oid), convalidated
    from pg_constraint where contype = 'f' order by 1`);
  const before = await keys();
  const load = await stage.load(RECORD_SHOP_TABLES);
  await killer.killAt(0);
  await prepareTarget(load);
  await stage.asOwner(RECORD_SHOP_ROWS);

  // Each call lives for two statements only, so it takes many, each beginning where the last one died.
  let deaths = 0;
  for (;;) {
    await killer.killAt(3);
    const failure = await failureOf(restoreTarget(load));
    if (!failure) break;
    expect(failure).toMatchObject({ name: 'TransientError' });
    deaths += 1;
  }
  expect(deaths).toBeGreaterThanOrEqual(5);
  expect(await keys()).toEqual(before);
});

test('a discard killed at any statement is finished by the next', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  const killer = await armKiller(stage);
  const before = withoutKiller(await fingerprint(stage.database));
  const load = await stage.load(RECORD_SHOP_TABLES);
  await killer.killAt(0);
  await prepareTarget(load);
  await stage.asOwner(RECORD_SHOP_ROWS);
  await restoreTarget(load);

  const seen = new Set<string>();
  let deaths = 0;
  // One statement later each time until the rows are gone, which is one transaction; then after every second statement.
  for (let at = 1; ; at = (await countRows(stage.database, 'shop.artist')) > 0 ? at + 1 : 3) {
    await killer.killAt(at);
    const failure = await failureOf(cleanTarget(load, { outcome: 'failed' }));
    if (!failure) break;
    expect(failure).toMatchObject({ name: 'TransientError' });
    deaths += 1;
    seen.add((await bookkeepingTables(stage.database)).join());
  }
  expect(deaths).toBeGreaterThanOrEqual(12);
  // All five bookkeeping tables or none, wherever it was killed.
  expect(seen.size).toBe(1);
  expect(await bookkeepingTables(stage.database)).toEqual([]);
  expect(withoutKiller(await fingerprint(stage.database))).toEqual(before);
});

test('a restore that finds an earlier one still validating says to ask again', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  const load = await stage.load(RECORD_SHOP_TABLES);
  await prepareTarget(load);
  await stage.asOwner(RECORD_SHOP_ROWS);
  // A reader of one of the tables stands in the way of the first restore, which waits with the load's lock.
  const reader = await stage.connectAsOwner('a report');
  await reader.query(`begin; lock table shop."Track.Lines" in row exclusive mode`);
  const first = restoreTarget(load);
  await untilRestoreWaits(stage);

  expect(await restoreTarget(load)).toEqual({ answer: { status: 'working', waitSeconds: 15 }, restored: [] });
  await reader.query('rollback');
  await reader.end();
  expect((await first).answer).toEqual({ status: 'done' });
});

test('tear-down that finds a restore still validating after the deadline does not poll every second', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  const load = await stage.load(RECORD_SHOP_TABLES);
  await prepareTarget(load);
  await stage.asOwner(RECORD_SHOP_ROWS);
  const reader = await stage.connectAsOwner('a report');
  await reader.query(`begin; lock table shop."Track.Lines" in row exclusive mode`);
  const restoring = restoreTarget(load);
  await untilRestoreWaits(stage);

  const hourAfterDeadline = new Date(load.deadlineAt.getTime() + 3_600_000);
  const late = { ...load, services: { ...load.services, now: () => hourAfterDeadline } };
  const { answer } = await cleanTarget(late, { outcome: 'succeeded' });
  // 5 % of five hours.
  expect(answer).toEqual({ status: 'working', waitSeconds: 900 });
  await reader.query('rollback');
  await reader.end();
  expect((await restoring).answer).toEqual({ status: 'done' });
});

async function untilRestoreWaits(stage: Stage): Promise<void> {
  for (;;) {
    const rows = await stage.database.query(
      `select from pg_stat_activity where application_name like 'il % restore' and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}
