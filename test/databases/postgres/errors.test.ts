import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reconnect } from '../../../src/databases/postgres/connection.ts';
import { databaseMessage, explainInLoad } from '../../../src/databases/postgres/errors.ts';
import { LoadFailedError, SupersededError, TransientError } from '../../../src/errors.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let database: TestDatabase;

beforeAll(async () => {
  database = await databases.createDatabase();
  await database.query(`create table people (id int primary key, name text not null check (name <> 'x'));
    insert into people values (1, 'a')`);
});
afterAll(() => databases.dropAll());

const errorOf = (sql: string) => database.query(sql).then(undefined, (error: unknown) => error);

describe('connecting again in the middle of a load', () => {
  const again = (change: object) =>
    reconnect({ ...database.address, ...change }, { applicationName: 'il test', field: 'target.connection' });

  test('to a server that is out of reach is tried again', async () => {
    await expect(again({ port: 1 })).rejects.toBeInstanceOf(TransientError);
    await expect(again({ host: 'no-such-host.invalid' })).rejects.toBeInstanceOf(TransientError);
  });

  test('to a database that is gone, or with a password that was changed, fails at once', async () => {
    await expect(again({ database: 'gone' })).rejects.toBeInstanceOf(LoadFailedError);
    await expect(again({ password: 'changed' })).rejects.toBeInstanceOf(LoadFailedError);
  });
});

describe('what the database said', () => {
  test('names the key that stands in the way', async () => {
    expect(databaseMessage(await errorOf(`insert into people values (1, 'b')`))).toBe(
      'duplicate key value violates unique constraint "people_pkey": Key (id)=(1) already exists.',
    );
  });

  test.each([`insert into people values (2, 'x')`, 'insert into people values (2, null)'])(
    'of a whole row is not repeated: %s',
    async (sql) => {
      const message = databaseMessage(await errorOf(sql));
      expect(message).toMatch(/"(people_name_check|name)"/);
      expect(message).not.toContain('(2, ');
    },
  );

  test('means failure, or another try, unless it means something already', async () => {
    const failed = explainInLoad(await errorOf('select 1/0'), 'Counting');
    expect(failed).toEqual(new LoadFailedError('Counting: division by zero'));
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    expect(explainInLoad(deadlock, 'Counting')).toBeInstanceOf(TransientError);
    const superseded = new SupersededError('A later one took over.');
    expect(explainInLoad(superseded, 'Counting')).toBe(superseded);
    const mistake = new TypeError('x is undefined');
    expect(explainInLoad(mistake, 'Counting')).toBe(mistake);
  });
});
