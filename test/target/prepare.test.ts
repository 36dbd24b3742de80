import { afterAll, describe, expect, test } from '@jest/globals';
import { bookkeepingOf } from '../../src/target/bookkeeping.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { restoreTarget } from '../../src/target/restore.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { RECORD_SHOP, RECORD_SHOP_ROWS, RECORD_SHOP_TABLES } from './schemas.ts';
import { bookkeepingTables, countRows, fingerprint, setStage, setStatus } from './stage.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

const constraints = (lines: Record<string, unknown>[]) => lines.filter(({ kind }) => kind === 'constraint');

const PERSON = 'create table public.person (id int primary key, name text);';

describe('prepared once', () => {
  test('a prepare whose answer was lost, called again, truncates no loaded row', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`${PERSON} insert into public.person values (1, 'from before')`);
    const load = await stage.load(['public.person'], { ifNotEmpty: 'truncate' });

    await prepareTarget(load);
    expect(await countRows(stage.database, 'public.person')).toBe(0);
    await stage.asOwner(`insert into public.person values (2, 'loaded')`);
    expect(await prepareTarget(load)).toEqual({ status: 'done' });
    expect(await countRows(stage.database, 'public.person')).toBe(1);
  });

  test('two prepares at once both succeed, and the target is prepared once', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);

    expect(await Promise.all([prepareTarget(load), prepareTarget(load), prepareTarget(load)])).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'done' })),
    );
    expect(
      await stage.database.query(`select range, shard, done from ${bookkeepingOf(load).ranges} order by 1`),
    ).toEqual([
      { range: 0, shard: 's1', done: false },
      { range: 1, shard: 's2', done: false },
      { range: 2, shard: 's3', done: false },
    ]);
    await restoreTarget(load);
  });

  test('one that comes late, after the target was restored, takes nothing off again', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await restoreTarget(load);
    const restored = await fingerprint(stage.database);

    await prepareTarget(load);
    expect(await fingerprint(stage.database)).toEqual(restored);
  });

  test('one that comes after the load was closed leaves everything as it is', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`${PERSON} insert into public.person values (1, 'of a load that has succeeded')`);
    const load = await stage.load(['public.person'], { ifNotEmpty: 'truncate' });
    await setStatus(load, 'finished');

    await expect(prepareTarget(load)).rejects.toMatchObject({ name: 'LoadClosedError' });
    expect(await countRows(stage.database, 'public.person')).toBe(1);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('one of an earlier attempt gives way to the next', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(PERSON);
    const first = await stage.load(['public.person']);
    await stage.load(['public.person'], { attempt: 2 });
    await expect(prepareTarget(first)).rejects.toMatchObject({ name: 'SupersededError' });
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });
});

describe('a next attempt', () => {
  test('opens the shards again, takes the foreign keys off again, and keeps rows and checkpoints', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const before = await fingerprint(stage.database);
    const first = await stage.load(RECORD_SHOP_TABLES, { onFailure: 'keep' });
    const { shards, ranges } = bookkeepingOf(first);
    await prepareTarget(first);
    await stage.asOwner(RECORD_SHOP_ROWS);
    await stage.asOwner(`update ${ranges} set position = '["12"]', rows_read = 2 where range = 2;
      update ${shards} set fence = '00000000-0000-4000-8000-000000000000'`);
    await setStatus(first, 'closed');
    await closeTarget(first);
    await cleanTarget(first, { outcome: 'failed' });
    expect(await stage.database.query(`select distinct closed from ${shards}`)).toEqual([{ closed: true }]);

    const second = await stage.load(RECORD_SHOP_TABLES, { attempt: 2, onFailure: 'keep' });
    await prepareTarget(second);
    expect(await stage.database.query(`select distinct closed, fence from ${shards}`)).toEqual([
      { closed: false, fence: null },
    ]);
    expect(await stage.database.query(`select position, rows_read from ${ranges} where range = 2`)).toEqual([
      { position: ['12'], rows_read: '2' },
    ]);
    expect(await countRows(stage.database, 'shop."Track.Lines"')).toBe(2);
    expect((await fingerprint(stage.database)).filter(({ text }) => String(text).startsWith('FOREIGN'))).toEqual([]);

    await restoreTarget(second);
    await cleanTarget(second, { outcome: 'succeeded' });
    expect(constraints(await fingerprint(stage.database))).toEqual(constraints(before));
  });

  test('with another plan is refused, since its checkpoints would mean something else', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`${PERSON} create table public.pet (id int)`);
    await prepareTarget(await stage.load(['public.person']));
    await expect(
      prepareTarget(await stage.load(['public.person', 'public.pet'], { attempt: 2 })),
    ).rejects.toMatchObject({
      name: 'LoadFailedError',
      message: expect.stringMatching(/The checkpoints of attempt 1 belong to another plan/),
    });
  });

  test('locks the steps of the one before out', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(PERSON);
    const first = await stage.load(['public.person']);
    await prepareTarget(first);
    await prepareTarget(await stage.load(['public.person'], { attempt: 2 }));

    await expect(restoreTarget(first)).rejects.toMatchObject({ name: 'SupersededError' });
    await expect(closeTarget(first)).rejects.toMatchObject({ name: 'SupersededError' });
    await expect(cleanTarget(first, { outcome: 'failed' })).rejects.toMatchObject({ name: 'SupersededError' });
    expect(await bookkeepingTables(stage.database)).toHaveLength(5);
  });
});

describe('making room', () => {
  test('a table that got a row since it was surveyed is refused, and nothing is changed', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await stage.asOwner(`insert into shop."Track.Lines" values (11, 1, null, null, null)`);
    const before = await fingerprint(stage.database);

    await expect(prepareTarget(load)).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringMatching(/target\.tables .*Track\.Lines.*not empty/),
    });
    expect(await fingerprint(stage.database)).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('truncating empties the tables asked for and their partitions, and no other', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`
      create table public.parent (id int primary key);
      create table public.heir () inherits (public.parent);
      create table public.refers (id int references public.parent);
      create table public.parted (id int) partition by hash (id);
      create table public.parted_0 partition of public.parted for values with (modulus 1, remainder 0);
      insert into public.parent values (1);
      insert into public.heir values (2);
      insert into public.refers values (1);
      insert into public.parted values (3);`);
    const load = await stage.load(['public.parent', 'public.parted'], { ifNotEmpty: 'truncate' });

    await prepareTarget(load);
    expect(await countRows(stage.database, 'public.parted')).toBe(0);
    expect(await stage.database.query('select * from public.parent')).toEqual([{ id: 2 }]);
    expect(await countRows(stage.database, 'public.refers')).toBe(1);
  });

  test('an upsert keeps the rows that are there', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`${PERSON} insert into public.person values (1, 'from before')`);
    await prepareTarget(await stage.load(['public.person'], { ifNotEmpty: 'upsert' }));
    expect(await countRows(stage.database, 'public.person')).toBe(1);
  });
});

describe('what the role may not do is said before anything is changed', () => {
  const cases: { name: string; schema: (owner: string) => string; asAdmin: (owner: string) => string; says: RegExp }[] =
    [
      {
        name: 'a table of another role',
        schema: () => PERSON,
        asAdmin: () => 'alter table public.person owner to current_user',
        says: /target \("public\.person"\): it, or a partition of it, belongs to another role.*Log in as the owner/,
      },
      {
        name: 'a table that is gone',
        schema: () => PERSON,
        asAdmin: () => 'drop table public.person',
        says: /target \("public\.person"\): there is no such table/,
      },
      {
        name: "a schema in which it can't create the bookkeeping",
        schema: () => PERSON,
        asAdmin: (owner) => `revoke create on schema public from ${owner}`,
        says: /target \("public"\).*may not create tables in this schema.*Grant CREATE/,
      },
      {
        name: 'a foreign key from a table of another role',
        schema: (owner) => `${PERSON} grant references on public.person to ${owner}`,
        asAdmin: () => 'create table public.others (id int constraint theirs references public.person)',
        says: /theirs on public\.others.*this foreign key references public\.person, but its own table belongs to another role/,
      },
      {
        name: 'a foreign key that it could drop but not add again',
        schema: () => `${PERSON} create table public.country (id int primary key);
        alter table public.person add constraint home foreign key (id) references public.country`,
        asAdmin: () => 'alter table public.country owner to current_user',
        says: /home on public\.person.*could drop this foreign key but not add it again.*Grant REFERENCES/,
      },
      {
        name: 'a foreign key that a superuser has switched off',
        schema: () =>
          `${PERSON} alter table public.person add constraint self foreign key (id) references public.person`,
        asAdmin: () => 'alter table public.person disable trigger all',
        says: /self on public\.person.*a superuser has switched the enforcement/,
      },
      {
        name: 'a sequence of another role',
        schema: () => PERSON,
        asAdmin: (owner) => `create sequence public.theirs; grant usage on sequence public.theirs to ${owner};
        alter table public.person alter id set default nextval('public.theirs')`,
        says: /target \("public\.theirs"\).*may not move on this sequence, which gives values to id/,
      },
    ];

  test.each(cases)('$name', async ({ schema, asAdmin, says }) => {
    const stage = await setStage(databases);
    await stage.asOwner(schema(stage.owner));
    await stage.database.query(asAdmin(stage.owner));
    const before = await fingerprint(stage.database);

    const refused = prepareTarget(await stage.load(['public.person']));
    await expect(refused).rejects.toMatchObject({ name: 'RequestError', message: expect.stringMatching(says) });
    expect(await fingerprint(stage.database)).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('a right that only the database itself looks at', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`${PERSON} revoke truncate on public.person from ${stage.owner}`);
    await expect(prepareTarget(await stage.load(['public.person'], { ifNotEmpty: 'truncate' }))).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringMatching(/lacks a right: permission denied for table person/),
    });
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });
});

test('a table that somebody else holds locked makes prepare give up for now, with nothing changed', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(PERSON);
  const reader = await stage.connectAsOwner('a report');
  await reader.query('begin; select * from public.person');
  await expect(prepareTarget(await stage.load(['public.person']))).rejects.toMatchObject({ name: 'TransientError' });
  await reader.end();
  expect(await bookkeepingTables(stage.database)).toEqual([]);
});
