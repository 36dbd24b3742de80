import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { quoteQualifiedName } from '../../src/databases/postgres/identifiers.ts';
import type { Load } from '../../src/services.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import { LoadDocuments, stateDocument, type LoadState } from '../../src/store/documents.ts';
import type { LoadStore } from '../../src/store/load-store.ts';
import { bookkeepingOf } from '../../src/target/bookkeeping.ts';
import type { TestDatabase, TestDatabases } from '../support/postgres.ts';

/** A target database whose tables belong to a role without any attribute; every step works as that role. */
export interface Stage {
  database: TestDatabase;
  owner: string;
  /** As the owner, in one session. */
  asOwner(sql: string): Promise<void>;
  connectAsOwner(applicationName: string): Promise<Client>;
  /** A load of these target tables: one shard and one key range for each. */
  load(tables: string[], options?: LoadOptions): Promise<Load>;
}

interface LoadOptions {
  loadId?: string;
  attempt?: number;
  ifNotEmpty?: 'fail' | 'truncate' | 'upsert';
  onFailure?: 'discard' | 'keep';
}

export async function setStage(databases: TestDatabases): Promise<Stage> {
  const database = await databases.createDatabase();
  const role = await databases.createRole('nosuperuser nocreatedb nocreaterole');
  const owner = role.user;
  await database.query(`grant create on database ${database.name} to ${owner}; grant all on schema public to ${owner}`);
  const address = database.addressFor(owner, role.password);
  const stores = new Map<string, LoadStore>();

  async function connectAsOwner(applicationName: string): Promise<Client> {
    const client = new Client({ ...address, application_name: applicationName });
    client.on('error', () => {});
    await client.connect();
    return client;
  }
  return {
    database,
    owner,
    connectAsOwner,
    async asOwner(sql) {
      const client = await connectAsOwner('a test');
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async load(tables, { loadId = 'mailer-1', attempt = 1, ifNotEmpty = 'fail', onFailure = 'discard' } = {}) {
      const store = stores.get(loadId) ?? memoryStore();
      stores.set(loadId, store);
      const load = makeLoad({ loadId, attempt, tables, address, store, target: { ifNotEmpty }, onFailure });
      await setStatus(load, 'open');
      return load;
    },
  };
}

/** What the other steps write into the store. */
export async function setStatus(load: Load, status: LoadState['status']): Promise<void> {
  await load.documents.write(stateDocument, { loadId: load.loadId, attempt: load.attempt, status } as LoadState);
}

export async function bookkeepingTables(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select relname as name from pg_class where relname like 'il-%' and relkind = 'r' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** What a shard does when it has copied everything: the rows are the caller's. */
export async function finishRanges(database: TestDatabase, load: Load): Promise<void> {
  await database.query(`update ${bookkeepingOf(load).ranges} set done = true, rows_read = 1, rows_written = 1`);
}

export async function countRows(database: TestDatabase, table: string): Promise<number> {
  const rows = await database.query<{ n: number }>(`select count(*)::int as n from ${quoteQualifiedName(table)}`);
  return rows[0]!.n;
}

/**
 * Everything about the constraints, triggers, rules and sequences of a database that a load could leave changed, as
 * PostgreSQL itself writes it.
 */
export function fingerprint(database: TestDatabase): Promise<Record<string, unknown>[]> {
  return database.query(`
    select 'constraint' as kind, conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(oid) as text,
           concat_ws(' ', convalidated, condeferrable, condeferred, conislocal, coninhcount,
             (select conname from pg_constraint parent where parent.oid = c.conparentid),
             obj_description(oid, 'pg_constraint')) as state
      from pg_constraint c where connamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and contype <> 'n'
    union all
    select 'trigger', tgrelid::regclass::text, case when tgisinternal then '(of a constraint)' else tgname end,
           case when tgisinternal then '' else pg_get_triggerdef(oid) end, tgenabled::text
      from pg_trigger
    union all
    select 'rule', ev_class::regclass::text, rulename, pg_get_ruledef(oid), ev_enabled::text
      from pg_rewrite where ev_class >= 16384
    union all
    select 'sequence', schemaname, sequencename, last_value::text, '' from pg_sequences
    order by 1, 2, 3, 4, 5`);
}

function memoryStore(): LoadStore {
  const documents = new Map<string, string>();
  return {
    address: 'memory',
    read: async (path) => {
      const text = documents.get(path);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    write: async (path, document) => void documents.set(path, JSON.stringify(document)),
    create: async (path, document) => {
      if (documents.has(path)) return false;
      documents.set(path, JSON.stringify(document));
      return true;
    },
    remove: async (path) => void documents.delete(path),
    list: async (prefix) => [...documents.keys()].filter((path) => path.startsWith(prefix)).sort(),
  };
}

function makeLoad(of: {
  loadId: string;
  attempt: number;
  tables: string[];
  address: DatabaseAddress;
  store: LoadStore;
  target: Pick<Extract<LoadRequest['target'], { connection: unknown }>, 'ifNotEmpty'>;
  onFailure: LoadRequest['onFailure'];
}): Load {
  const startedAt = new Date('2026-01-01T00:00:00Z');
  const target = { engine: 'postgres', connection: 'env:TARGET_URL', tables: {}, ...of.target };
  const load: Partial<Load> & Pick<Load, 'loadId'> = {
    loadId: of.loadId,
    attempt: of.attempt,
    request: { target, onFailure: of.onFailure } as unknown as LoadRequest,
    plan: {
      tables: of.tables.map((name) => ({ source: name, target: name })),
      ranges: of.tables.map((table, id) => ({ id, table, estimatedRows: 1 })),
      shards: of.tables.map((_, id) => ({ id: `s${id + 1}`, ranges: [id] })),
    } as unknown as Load['plan'],
    startedAt,
    deadlineAt: new Date('2026-01-01T04:00:00Z'),
    documents: new LoadDocuments(of.store, of.loadId),
    services: {
      now: () => new Date('2026-01-01T00:01:00Z'),
      resolveConnection: async () => of.address,
    } as unknown as Load['services'],
  };
  return load as Load;
}
