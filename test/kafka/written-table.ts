import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { randomFrom } from '../local/moving-table.ts';

/** A row as JSON has it. */
export interface Row {
  id: number;
  email: string;
  note: string | null;
  version: number;
}

const ROWS = 300;
/** Nobody but the transactions that commit late writes to these: whoever did would wait for them. */
const LATE_ROWS = 20;

export function schemaOf(table: string): string {
  return `create table ${table} (id int primary key, email text not null, note text, version int not null)`;
}

/** At home a value belongs to one row. */
export function filledSchemaOf(table: string): string {
  return `${schemaOf(table)};
    alter table ${table} add unique (email);
    insert into ${table} select g, 'e' || g, repeat('ü', 20), 0 from generate_series(1, ${ROWS}) g;`;
}

/** The unique value of two rows changes places, over a value that nobody has. */
export const SWAP = `
  create function hr.swap(of regclass, one int, other int) returns void language plpgsql as $$
  declare emails text[];
  begin
    execute format('select array_agg(email order by id) from (select id, email from %s where id in ($1, $2) order by id for update) t', of)
      into emails using one, other;
    if cardinality(emails) is distinct from 2 then return; end if;
    execute format('update %s set email = ''none'' || $1, version = version + 1 where id = $1', of) using least(one, other);
    execute format('update %s set email = $2, version = version + 1 where id = $1', of) using greatest(one, other), emails[1];
    execute format('update %s set email = $2, version = version + 1 where id = $1', of) using least(one, other), emails[2];
  end $$`;

/** Writes to a table until it is told to stop: inserts, updates, also of keys, swaps of unique values, deletes. */
export class Writer {
  changes = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  constructor(options: { url: string; table: string; seed: number; changesPerSecond: number }) {
    this.#ended = this.#write(options);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #write({ url, table, seed, changesPerSecond }: ConstructorParameters<typeof Writer>[0]): Promise<void> {
    const random = randomFrom(seed);
    const client = new Client({ connectionString: url });
    await client.connect();
    const begun = Date.now();
    let next = 1_000 + (seed % 1_000) * 100_000;
    while (!this.#stopped) {
      const { rowCount } = await client.query(this.#changeOf(table, random, () => (next += 1))).catch(unlessInTheWay);
      this.changes += rowCount ?? 0;
      const early = begun + (this.changes / changesPerSecond) * 1_000 - Date.now();
      if (early > 1) await delay(early);
    }
    await client.end();
  }

  #changeOf(table: string, random: () => number, fresh: () => number): string {
    const kind = random();
    const [one, other] = [someRow(random), someRow(random)];
    if (kind < 0.45)
      return `update ${table} set note = 'n${Math.floor(random() * 1e9)}', version = version + 1 where id = ${one}`;
    if (kind < 0.6) return `select hr.swap('${table}', ${one}, ${other})`;
    if (kind < 0.7) return `update ${table} set id = ${other}, version = version + 1 where id = ${one}`;
    if (kind < 0.85) return `delete from ${table} where id = ${one}`;
    return `insert into ${table} values (${one}, 'new${fresh()}', null, 0) on conflict do nothing`;
  }
}

function someRow(random: () => number): number {
  return LATE_ROWS + 1 + Math.floor(random() * (ROWS - LATE_ROWS));
}

/** Two writers want one key, or each the other's rows: the next change, then. */
function unlessInTheWay(error: unknown): { rowCount: number } {
  const { code } = error as { code?: string };
  if (code === '23505' || code === '40P01') return { rowCount: 0 };
  throw error;
}

/**
 * A transaction that wrote before the load begins and is seen by others only later: `open` commits when it is released;
 * `unacknowledged` has committed, so that it is published, and waits for a standby that never answers.
 */
export async function commitLate(
  kind: 'open' | 'unacknowledged',
  { url, table, seed }: { url: string; table: string; seed: number },
): Promise<{ release(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  client.on('notice', () => {});
  await client.connect();
  const id = (at: number) => 1 + ((seed * 3 + at) % LATE_ROWS);
  await client.query(`begin;
    delete from ${table} where id in (${id(0)}, ${id(1)});
    update ${table} set note = 'late', version = version + 1 where id in (${id(2)}, ${id(3)});
    insert into ${table} values (${-seed}, 'late${seed}', 'late', 0), (${id(0)}, 'again${seed}', 'late', 0);
    set local synchronous_commit = ${kind === 'open' ? 'off' : 'on'}`);
  const [{ pid }] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows as [{ pid: number }];
  const committed = kind === 'open' ? undefined : client.query('commit');
  const other = new Client({ connectionString: url });
  await other.connect();
  if (kind === 'unacknowledged') {
    const waits = `select from pg_stat_activity where pid = ${pid} and wait_event = 'SyncRep'`;
    await untilSome(() => other.query(waits));
  }
  return {
    async release() {
      // What is cancelled is the wait: the transaction has been committed here.
      if (committed) await other.query(`select pg_cancel_backend(${pid})`);
      await (committed ?? client.query('commit'));
      await Promise.all([client.end(), other.end()]);
    },
  };
}

export async function untilSome(ask: () => Promise<{ rows: unknown[] }>): Promise<void> {
  while ((await ask()).rows.length === 0) await delay(25);
}
