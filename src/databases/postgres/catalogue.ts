import type { Client } from 'pg';
import type { ColumnSurvey, ForeignKeySurvey, QualifiedName } from '../../model.ts';
import { writeTableName } from '../../request/table-name.ts';

/**
 * What the catalogue says of tables, given by their oids: one query for each subject, however many tables there are.
 * Newer columns of the catalogue are read through to_jsonb, so that older servers answer too.
 */

export interface StorageRow {
  oid: number;
  rowsHidden: boolean;
  leaves: { schema: string; table: string }[];
  estimatedRows: number;
  estimatedBytes: number;
  pages: number;
  /** A leaf that has pages was never analysed, so that estimatedRows lacks it. */
  unanalysed: boolean;
}

/**
 * Sizes over the leaves of a partitioned table. Rows are reckoned as the planner does it, by the density at the last
 * ANALYZE and the size of now.
 */
export async function readStorage(client: Client, oids: number[]): Promise<StorageRow[]> {
  const { rows } = await client.query<StorageRow>(
    `with recursive block as (select current_setting('block_size')::float8 as size),
     tree(root, relid) as (
       select oid, oid from unnest($1::oid[]) as asked(oid)
       union all
       select tree.root, i.inhrelid from tree join pg_class p on p.oid = tree.relid and p.relkind = 'p'
         join pg_inherits i on i.inhparent = tree.relid),
     leaf as (
       select tree.root, c.*, pg_relation_size(c.oid) / block.size as pages
         from tree join pg_class c on c.oid = tree.relid and c.relkind <> 'p' cross join block)
     select root.oid::int8::float8 as oid, row_security_active(root.oid) as "rowsHidden",
            coalesce(json_agg(json_build_object('schema', n.nspname, 'table', leaf.relname) order by n.nspname, leaf.relname)
                       filter (where leaf.oid <> root.oid), '[]') as leaves,
            coalesce(round(sum(case when leaf.relkind = 'f' then greatest(leaf.reltuples, 0)
                                    when leaf.relpages > 0 then greatest(leaf.reltuples, 0) / leaf.relpages * leaf.pages
                                    else 0 end)), 0) as "estimatedRows",
            coalesce(sum(leaf.pages), 0) as pages,
            coalesce(bool_or(leaf.pages > 0 and (leaf.reltuples < 0 or leaf.relpages = 0)), false) as unanalysed,
            coalesce(sum(case when leaf.relkind = 'f' then 0 else pg_table_size(leaf.oid) end), 0)::float8 as "estimatedBytes"
       from unnest($1::oid[]) as root(oid)
       left join leaf on leaf.root = root.oid left join pg_namespace n on n.oid = leaf.relnamespace
      group by root.oid`,
    [oids],
  );
  return rows;
}

export interface ColumnRow extends Pick<ColumnSurvey, 'name' | 'type' | 'nullable' | 'generated' | 'hasDefault'> {
  oid: number;
  identity: '' | 'a' | 'd';
  typeOid: number;
  /** Its order depends on a collation, or on what else only this server knows (see keyIsCollated). */
  ownOrder: boolean;
}

/**
 * Sorted as the table has them. A type's order is the server's own when it is text under a collation that isn't C, POSIX or
 * the builtin provider's (which go by code point), an enum or a composite.
 */
export async function readColumns(client: Client, oids: number[]): Promise<ColumnRow[]> {
  const { rows } = await client.query<ColumnRow>(
    `select a.attrelid::int8::float8 as oid, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
            a.atttypid::int8::float8 as "typeOid", not a.attnotnull and not t.typnotnull as nullable,
            coalesce(to_jsonb(a) ->> 'attgenerated', '') <> '' as generated,
            a.atthasdef and coalesce(to_jsonb(a) ->> 'attgenerated', '') = '' or t.typdefault is not null as "hasDefault",
            a.attidentity as identity,
            t.typtype in ('e', 'c') or a.attcollation <> 0 and (current_setting('server_encoding') not in ('UTF8', 'LATIN1', 'SQL_ASCII')
                or case when co.collname = 'default' and co.collnamespace = 'pg_catalog'::regnamespace
                        then case coalesce(to_jsonb(db) ->> 'datlocprovider', 'c') when 'b' then false when 'i' then true
                                  else db.datcollate not in ('C', 'POSIX') end
                        else co.collprovider <> 'b' and co.collname not in ('C', 'POSIX', 'ucs_basic') end) as "ownOrder"
       from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation co on co.oid = a.attcollation
       join pg_database db on db.datname = current_database()
      where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
      order by a.attrelid, a.attnum`,
    [oids],
  );
  return rows;
}

export interface UniqueRow {
  oid: number;
  columns: string[];
  primary: boolean;
  /**
   * Every column is NOT NULL, the constraint is checked at each row, and the order is by the system's own operators, so that
   * it can serve as a key. An extension's operators are not found without its schema in the search_path: `>` between two
   * citext would silently be that of text.
   */
  identifies: boolean;
}

/** Unique indexes over plain columns and all rows, in the order in which they are preferred as a key. */
export async function readUniqueKeys(client: Client, oids: number[]): Promise<UniqueRow[]> {
  const { rows } = await client.query<UniqueRow>(
    `select i.indrelid::int8::float8 as oid, i.indisprimary as primary,
            json_agg(a.attname order by k.position) as columns,
            bool_and(a.attnotnull) and (i.indimmediate or i.indisprimary) and not exists (
              select from pg_opclass o where o.oid = any (i.indclass) and o.opcnamespace <> 'pg_catalog'::regnamespace
            ) as identifies
       from pg_index i
       cross join unnest(i.indkey::int2[]) with ordinality as k(attnum, position)
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = any ($1::oid[]) and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
        and k.position <= i.indnkeyatts
      group by i.indexrelid, i.indrelid, i.indisprimary, i.indimmediate, i.indclass
      order by i.indrelid, i.indisprimary desc, count(*), i.indexrelid`,
    [oids],
  );
  return rows;
}

/** Names of the indexes that TableSurvey calls otherUniqueIndexes. */
export async function readOtherUniqueIndexes(client: Client, oids: number[]): Promise<{ oid: number; name: string }[]> {
  const { rows } = await client.query<{ oid: number; name: string }>(
    `select i.indrelid::int8::float8 as oid, c.relname as name
       from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid = any ($1::oid[]) and i.indisvalid
        and (i.indisexclusion or i.indisunique and (i.indpred is not null or i.indexprs is not null or not i.indimmediate))
      order by i.indrelid, c.relname`,
    [oids],
  );
  return rows;
}

/** Foreign keys of the tables themselves, not those that point at them. */
export async function readForeignKeys(
  client: Client,
  oids: number[],
): Promise<{ oid: number; foreignKey: ForeignKeySurvey }[]> {
  const { rows } = await client.query<
    Omit<ForeignKeySurvey, 'references'> & { oid: number; schema: string; table: string }
  >(
    `select c.conrelid::int8::float8 as oid, c.conname as name, n.nspname as schema, r.relname as table,
            ${columnNames('c.conrelid', 'c.conkey')} as columns, ${columnNames('c.confrelid', 'c.confkey')} as "referencedColumns"
       from pg_constraint c join pg_class r on r.oid = c.confrelid join pg_namespace n on n.oid = r.relnamespace
      where c.contype = 'f' and c.conrelid = any ($1::oid[]) and not exists (
        select from pg_constraint p where p.oid = c.conparentid and p.conrelid = c.conrelid)
      order by c.conrelid, c.conname`,
    [oids],
  );
  return rows.map(({ oid, name, columns, referencedColumns, ...references }) => ({
    oid,
    foreignKey: { name, columns, references: writeTableName(references), referencedColumns },
  }));
}

/** SQL for the names behind an array of column numbers. */
function columnNames(relation: string, numbers: string): string {
  return `(select json_agg(a.attname order by k.position) from unnest(${numbers}) with ordinality as k(attnum, position)
             join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.attnum)`;
}

/** Tables that inherit from these; partitions are none. */
export async function readInheritance(client: Client, oids: number[]): Promise<{ oid: number; name: QualifiedName }[]> {
  const { rows } = await client.query<{ oid: number; schema: string; table: string }>(
    `select p.oid::int8::float8 as oid, n.nspname as schema, c.relname as table
       from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_class c on c.oid = i.inhrelid
       join pg_namespace n on n.oid = c.relnamespace
      where i.inhparent = any ($1::oid[]) and p.relkind <> 'p' order by 1, 2, 3`,
    [oids],
  );
  return rows.map((row) => ({ oid: row.oid, name: writeTableName(row) }));
}
