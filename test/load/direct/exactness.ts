import { expect } from '@jest/globals';
import { connect, type Client } from '../../../src/databases/postgres/connection.ts';
import { quoteIdentifier, quoteQualifiedName } from '../../../src/databases/postgres/identifiers.ts';
import { advance } from '../../../src/load/direct/advance.ts';
import type { Key, Shard } from '../../../src/model.ts';
import type { Load } from '../../../src/services.ts';
import { bookkeepingOf } from '../../../src/target/bookkeeping.ts';
import type { LoadStage } from '../../support/loads.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/** The same rows on both sides, each as often. @returns how many */
export async function expectSameRows(
  source: TestDatabase,
  target: TestDatabase,
  table: string,
  as = table,
): Promise<number> {
  const rows = (name: string) => `select t::text as row from ${name} t order by t::text collate "C"`;
  const expected = await source.query(rows(table));
  expect([table, await target.query(rows(as))]).toEqual([table, expected]);
  return expected.length;
}

/** Cuts every keyed table into three key ranges by keys that it has, and deals them to three shards, as a big load is cut. */
export async function cutIntoShards(load: Load, source: TestDatabase): Promise<void> {
  const ranges: Load['plan']['ranges'] = [];
  const client = await connect(source.address, { applicationName: 'a test', field: 'source' });
  for (const table of load.plan.tables) {
    const keys = table.key ? await keysOf(client, table.source, table.key) : [];
    const cuts = [keys[Math.floor(keys.length / 3)], keys[Math.floor((2 * keys.length) / 3)]];
    const bounds = cuts.filter((cut) => cut !== undefined);
    for (const part of [...bounds.keys(), bounds.length]) {
      const [from, to] = [bounds[part - 1], bounds[part]];
      ranges.push({
        id: ranges.length + 1,
        table: table.source,
        ...(from && { from }),
        ...(to && { to }),
        estimatedRows: 1,
      });
    }
  }
  await client.end();
  const shards: Shard[] = [1, 2, 3].map((number) => ({
    id: `s${number}`,
    ranges: ranges.filter(({ id }) => id % 3 === number % 3).map(({ id }) => id),
  }));
  Object.assign(load.plan, { ranges, shards: shards.filter((shard) => shard.ranges.length > 0) });
}

/**
 * Advances one shard until it has copied so many chunks more, or is done: the invocation may look at its clock so many
 * times before its time is over, and more often each time, until it was enough.
 */
export async function advanceChunks(
  stage: LoadStage,
  load: Load,
  shard: Shard,
  chunks = 1,
): Promise<'working' | 'done'> {
  const { now } = stage.services;
  const before = await chunksOf(load, shard);
  try {
    for (let looks = shard.ranges.length + 2 * chunks; ; looks += 1) {
      const until = new Date(now().getTime() + 600_000);
      let left = looks;
      stage.services.now = () => (left-- > 0 ? now() : new Date(until.getTime() + 1));
      const { status } = await advance(load, shard, until);
      if (status === 'done') return 'done';
      if ((await chunksOf(load, shard)) >= before + chunks) return 'working';
    }
  } finally {
    stage.services.now = now;
  }
}

/** The shards take turns, so many chunks each, until every one is done. */
export async function advanceInTurns(stage: LoadStage, load: Load, chunks: number): Promise<void> {
  for (let left = load.plan.shards; left.length > 0;) {
    const going: Shard[] = [];
    for (const shard of left) if ((await advanceChunks(stage, load, shard, chunks)) === 'working') going.push(shard);
    left = going;
  }
}

async function keysOf(client: Client, table: string, key: string[]): Promise<Key[]> {
  const columns = key.map((column) => `t.${quoteIdentifier(column)}`);
  const text = `select ${columns.map((column) => `${column}::text`).join(', ')} from ${quoteQualifiedName(table)} t order by ${columns.join(', ')}`;
  return (await client.query<Key>({ text, rowMode: 'array' })).rows;
}

async function chunksOf(load: Load, shard: Shard): Promise<number> {
  const address = await load.services.resolveConnection('env:TARGET', 'target.connection');
  const client = await connect(address, { applicationName: 'a test', field: 'target.connection' });
  const { rows } = await client.query(
    `select sum(chunks)::int as chunks from ${bookkeepingOf(load).ranges} where shard = $1`,
    [shard.id],
  );
  await client.end();
  return rows[0].chunks;
}
