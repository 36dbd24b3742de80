import { afterAll, expect, test } from '@jest/globals';
import { connect } from '../../../src/databases/postgres/connection.ts';
import {
  insertSignalOnce,
  readSignalTable,
  readTransactionId,
  removeSignals,
} from '../../../src/databases/postgres/signal-table.ts';
import type { DatabaseAddress } from '../../../src/databases/address.ts';
import { openTestDatabases } from '../../support/postgres.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

const COLUMNS = '(id varchar(42) primary key, type varchar(32) not null, data varchar(2048))';
const open = (address: DatabaseAddress) => connect(address, { applicationName: 'test', field: 'source.connection' });
const yes = async () => undefined;

test('what a table lacks to be one for signals is told: columns, rights, a publication', async () => {
  const database = await databases.createDatabase();
  const { user, password } = await databases.createRole();
  await database.query(`create table public.signals ${COLUMNS}; create table public.numbers (id int, type text, data text);
    create view public.seen as select * from public.signals;
    create publication somebodys for table public.signals with (publish = 'update');
    grant select on public.signals to ${user}`);
  const client = await open(database.addressFor(user, password));
  try {
    expect(await readSignalTable(client, 'public.nowhere')).toBeUndefined();
    expect(await readSignalTable(client, 'public.seen')).toBeUndefined();
    expect(await readSignalTable(client, 'public.numbers')).toMatchObject({
      wrongColumns: ['id'],
      missingRights: ['select', 'insert', 'delete'],
    });
    expect(await readSignalTable(client, 'public.signals')).toEqual({
      wrongColumns: [],
      dataLength: 2_048,
      missingRights: ['insert', 'delete'],
      published: false,
    });
    await database.query(`grant insert, delete on public.signals to ${user};
      create publication the_connectors for table public.signals`);
    expect(await readSignalTable(client, 'public.signals')).toMatchObject({ missingRights: [], published: true });
  } finally {
    await client.end();
  }
});

test('a signal is inserted once, also by two at once into a table without a key, and not when it may no longer be', async () => {
  const database = await databases.createDatabase();
  await database.query('create table public.signals (id text, type text, data text)');
  const [one, other] = await Promise.all([open(database.address), open(database.address)]);
  const signal = { id: `il-'1'`, type: 'execute-snapshot', data: '{"a":"\\\\"}' };
  try {
    await Promise.all([one, other].map((client) => insertSignalOnce(client, 'public.signals', signal, yes)));
    const closed = async () => Promise.reject(new Error('closed'));
    await expect(insertSignalOnce(one, 'public.signals', { ...signal, id: 'late' }, closed)).rejects.toThrow('closed');
    expect(await database.query('select * from public.signals')).toEqual([signal]);
    // The connection is of use afterwards.
    expect(await readTransactionId(one)).toMatch(/^\d+$/);
  } finally {
    await Promise.all([one.end(), other.end()]);
  }
});

test("a load's signals go, and windows since it began: nobody else's, and none that were there before", async () => {
  const database = await databases.createDatabase();
  await database.query(`create table public.signals ${COLUMNS};
    insert into public.signals values ('a-open', 'snapshot-window-open', ''), ('somebody', 'execute-snapshot', '')`);
  const client = await open(database.address);
  try {
    const since = await readTransactionId(client);
    await database.query(`insert into public.signals values ('b-open', 'snapshot-window-open', ''),
      ('b-close', 'snapshot-window-close', ''), ('il-1-s1-1', 'execute-snapshot', ''), ('il-1-s11-1', 'execute-snapshot', '')`);
    const removal = { idPrefix: 'il-1-s1-', since };
    expect(await removeSignals(client, 'public.signals', removal)).toBe(3);
    expect(await removeSignals(client, 'public.signals', removal)).toBe(0);
    expect(await database.query('select id from public.signals order by id')).toEqual([
      { id: 'a-open' },
      { id: 'il-1-s11-1' },
      { id: 'somebody' },
    ]);
  } finally {
    await client.end();
  }
});
