import { afterAll, expect, test } from '@jest/globals';
import { advance } from '../../../src/load/direct/advance.ts';
import { plannedLoad, provision, requestOf, setLoadStage } from '../../support/loads.ts';
import { openTestDatabases } from '../../support/postgres.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

test('where one worker gets no connection, those of the others are closed too', async () => {
  const [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  const tables = 'create schema hr; create table hr.one (id int primary key); create table hr.two (id int primary key)';
  await source.query(`${tables}; insert into hr.one values (1); insert into hr.two values (1); analyze`);
  // Enough for the shard's keeper and one of the two workers.
  const { user, password } = await databases.createRole('connection limit 2');
  await target.query(`${tables}; grant usage, create on schema hr to ${user};
    alter table hr.one owner to ${user}; alter table hr.two owner to ${user}`);
  const stage = await setLoadStage(source.address, target.addressFor(user, password));
  const request = requestOf(['hr.one', 'hr.two'], { limits: { maxSourceConnections: 2 } });
  const load = await plannedLoad(stage.services, request);
  expect(load.plan.workers).toBe(2);
  await provision(load);

  const later = new Date(Date.now() + 60_000);
  await expect(advance(load, load.plan.shards[0]!, later)).rejects.toMatchObject({
    name: 'TransientError',
    message: expect.stringContaining('too many connections'),
  });
  // A server takes a moment to see that a connection is closed; one that is not closed is there for good.
  const sessions = `select application_name from pg_stat_activity where usename = '${user}'`;
  for (let look = 0; look < 100 && (await target.query(sessions)).length > 0; look += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await target.query(sessions)).toEqual([]);
  await stage.remove();
});
