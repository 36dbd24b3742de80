import type { ChosenTable, SourceTable } from './chosen-tables.ts';
import { rangesOf, whereOf, type Login, type Reader, type Value } from './database.ts';
import { postgresDialect, PostgresSession } from './postgres-session.ts';

const ROWS = 1_000;
const { name } = postgresDialect;

/** Partitions through their parent; LOBs as the DMS user guide lists them for PostgreSQL sources. */
const TABLES = `
  select n.nspname as schema, c.relname as "table",
    json_agg(json_build_object(
      'name', a.attname,
      'isNumber', t.typcategory = 'N',
      'lob', case
        when t.typname = 'bytea' then 'bytes'
        when t.typname in ('text', 'json', 'jsonb', 'xml', 'citext', 'hstore', 'tsvector', 'tsquery') then 'text'
        when t.typcategory = 'A' or t.typtype = 'c' or (t.typname = 'varchar' and a.atttypmod = -1) then 'text'
      end) order by a.attnum)::text as columns,
    (select json_agg(k.attname order by i.place)::text
     from (select indexrelid, indkey from pg_index
           where indrelid = c.oid and indisunique and indimmediate and indpred is null and indexprs is null
             and not exists (select from pg_attribute m
                             where m.attrelid = c.oid and m.attnum = any (indkey) and not m.attnotnull)
           order by indisprimary desc, indexrelid limit 1) x,
       unnest(x.indkey) with ordinality i (number, place)
       join pg_attribute k on k.attrelid = c.oid and k.attnum = i.number) as key
  from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type d on d.oid = a.atttypid
    join pg_type t on t.oid = coalesce(nullif(d.typbasetype, 0), d.oid)
  where c.relkind in ('r', 'p') and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  group by n.nspname, c.relname, c.oid
  order by 1, 2`;

export async function openPostgresReader(login: Login): Promise<Reader> {
  const session = await PostgresSession.open(login);
  const { client } = session;
  return {
    async listTables() {
      const { rows } = await client.query<{ schema: string; table: string; columns: string; key: string | null }>(
        TABLES,
      );
      return rows.map(({ schema, table, columns, key }): SourceTable => {
        const parsed = JSON.parse(columns) as { name: string; isNumber: boolean; lob: 'text' | 'bytes' | null }[];
        return {
          schema,
          table,
          columns: parsed.map(({ lob, ...column }) => ({ ...column, ...(lob && { lob }) })),
          ...(key !== null && { key: JSON.parse(key) as string[] }),
        };
      });
    },

    async *read(table) {
      for (const range of rangesOf(table)) yield* readRange(table, range);
    },

    async count(table) {
      const text = `select count(*) from ${placeOf(table)}${whereOf(table, postgresDialect)}`;
      const { rows } = await client.query<[string]>({ text, rowMode: 'array' });
      return Number(rows[0]?.[0]);
    },

    cut: () => session.cut(),
    close: () => session.close(),
  };

  async function* readRange(table: ChosenTable, range: number): AsyncGenerator<Value[][]> {
    const columns = table.columns.map(({ source }) => name(source.name)).join(', ');
    const query = `select ${columns} from ${placeOf(table)}${whereOf(table, postgresDialect, range)}`;
    await client.query('begin read only');
    try {
      await client.query(`declare rows_to_move no scroll cursor for ${query}`);
      for (;;) {
        const { rows } = await client.query<Value[]>({ text: `fetch ${ROWS} from rows_to_move`, rowMode: 'array' });
        if (rows.length === 0) break;
        yield rows;
      }
    } finally {
      // Also when whoever reads goes away in the middle.
      await client.query('rollback').catch(() => {});
    }
  }
}

function placeOf({ source }: ChosenTable): string {
  return `${name(source.schema)}.${name(source.table)}`;
}
