import type { QualifiedName } from '../../model.ts';
import type { Client } from './connection.ts';
import { quoteQualifiedName } from './identifiers.ts';

/** A row of the table through which a Debezium connector is asked for something (its signal.data.collection). */
export interface Signal {
  id: string;
  type: string;
  data: string;
}

/** What a role may do with such a table, and who sees what is done. */
export interface SignalTable {
  /** Of the columns id, type and data, those that are missing or hold no text. */
  wrongColumns: string[];
  /** Characters that `data` holds; undefined where there is no limit. */
  dataLength?: number;
  /** Of select, insert and delete, those that this role may not do. */
  missingRights: string[];
  /** Some publication has its inserts: without it no connector of PostgreSQL hears of them. */
  published: boolean;
}

const COLUMNS = ['id', 'type', 'data'];
const RIGHTS = ['select', 'insert', 'delete'];
/** What Debezium writes there itself, two for each chunk of a snapshot: it needs their inserts in the log, not the rows. */
const WINDOW_TYPES = ['snapshot-window-open', 'snapshot-window-close'];

/** Undefined where there is no table of the name. */
export async function readSignalTable(client: Client, name: QualifiedName): Promise<SignalTable | undefined> {
  const { rows } = await client.query<{
    columns: Record<string, { text: boolean; length: number | null }> | null;
    rights: Record<string, boolean>;
    published: boolean;
  }>(
    `select (select json_object_agg(a.attname, json_build_object(
                      'text', t.typcategory = 'S',
                      'length', information_schema._pg_char_max_length(a.atttypid, a.atttypmod)))
               from pg_attribute a join pg_type t on t.oid = a.atttypid
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
            (select json_object_agg(wanted, has_table_privilege(c.oid, wanted)
                      and has_schema_privilege(c.relnamespace, 'usage'))
               from unnest($2::text[]) as wanted) as rights,
            exists (select from pg_publication_tables p join pg_publication b using (pubname)
                     where b.pubinsert and (p.schemaname, p.tablename) = (n.nspname, c.relname)) as published
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.oid = to_regclass($1) and c.relkind = 'r'`,
    [quoteQualifiedName(name), RIGHTS],
  );
  const [found] = rows;
  if (!found) return undefined;
  const columns = found.columns ?? {};
  const dataLength = columns['data']?.length ?? undefined;
  return {
    wrongColumns: COLUMNS.filter((column) => !columns[column]?.text),
    ...(dataLength !== undefined && { dataLength }),
    missingRights: RIGHTS.filter((right) => !found.rights[right]),
    published: found.published,
  };
}

/**
 * Inserts a signal unless one with its id is there. Nobody else inserts meanwhile who does it this way, also where the
 * table has no primary key.
 * @param still asked when nobody else can insert any more, and before it is done: what it throws undoes nothing but this
 */
export async function insertSignalOnce(
  client: Client,
  table: QualifiedName,
  { id, type, data }: Signal,
  still: () => Promise<void>,
): Promise<void> {
  await inTurn(client, table, async () => {
    await still();
    await client.query(
      `insert into ${quoteQualifiedName(table)} (id, type, data)
       select $1::text, $2::text, $3::text
        where not exists (select from ${quoteQualifiedName(table)} where id = $1::text)`,
      [id, type, data],
    );
  });
}

/** Where the log of transactions stands, for removeSignals: what is inserted later has this id or a later one. */
export async function readTransactionId(client: Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select pg_current_xact_id()::text as id');
  return rows[0]!.id;
}

/**
 * Removes the signals whose ids begin so, and the windows that a connector wrote since that transaction: it takes both from
 * the log, where they stay. @returns how many rows went
 */
export async function removeSignals(
  client: Client,
  table: QualifiedName,
  { idPrefix, since }: { idPrefix: string; since: string },
): Promise<number> {
  return inTurn(client, table, async () => {
    // xmin is the lower half of a transaction's id, so what is compared is how long ago either was.
    const { rowCount } = await client.query(
      `delete from ${quoteQualifiedName(table)}
        where starts_with(id, $1)
           or (type = any($2) and age(xmin) <= age(($3::numeric % 4294967296)::text::xid))`,
      [idPrefix, WINDOW_TYPES, since],
    );
    return rowCount ?? 0;
  });
}

/** One after the other, of all loads that use the table. */
async function inTurn<T>(client: Client, table: QualifiedName, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`initial-load ${table}`]);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
