import type { Client } from 'pg';
import type { QualifiedName } from '../../model.ts';
import { parseTableName, writeTableName } from '../../request/table-name.ts';
import type { Relation } from '../source-engine.ts';

const RELATION = `
  select c.oid::int8::float8 as oid, n.nspname as schema, c.relname as table,
         case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
                        when 'm' then 'materialized view' when 'f' then 'foreign table' else 'other' end as kind,
         case when c.relispartition then (
           with recursive above as (
             select inhparent, 1 as steps from pg_inherits where inhrelid = c.oid
             union all select i.inhparent, steps + 1 from pg_inherits i join above on i.inhrelid = above.inhparent)
           select json_agg(json_build_object('schema', pn.nspname, 'table', p.relname) order by steps)
             from above join pg_class p on p.oid = inhparent join pg_namespace pn on pn.oid = p.relnamespace
         ) end as above
    from pg_class c join pg_namespace n on n.oid = c.relnamespace`;

interface RelationRow {
  oid: number;
  schema: string;
  table: string;
  kind: Relation['kind'];
  above: { schema: string; table: string }[] | null;
}

/** Those of the named relations that exist, by name. */
export async function findRelations(client: Client, names: QualifiedName[]): Promise<Map<QualifiedName, Relation>> {
  const parts = names.map(parseTableName);
  const { rows } = await client.query<RelationRow>(
    `${RELATION} join unnest($1::text[], $2::text[]) as asked(schema, name) on n.nspname = asked.schema and c.relname = asked.name
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')`,
    [parts.map((part) => part?.schema), parts.map((part) => part?.table)],
  );
  return new Map(rows.map(toRelation).map((relation) => [relation.name, relation]));
}

/**
 * Every table of a schema that a wildcard means, by name: partitions come through their parent; views, foreign tables,
 * temporary tables and what an extension keeps for itself are left out.
 */
export async function findTablesOf(client: Client, schema: string): Promise<Relation[]> {
  const { rows } = await client.query<RelationRow>(
    `${RELATION}
      where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
        and not exists (select from pg_depend d
                         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      order by c.relname`,
    [schema],
  );
  return rows.map(toRelation);
}

/** Names that a person may have meant: the tables of the schema, or where there is none, of all schemas. */
export async function listTableNames(client: Client, schema: string): Promise<QualifiedName[]> {
  const { rows } = await client.query<{ schema: string; table: string; here: boolean }>(
    `select n.nspname as schema, c.relname as table, n.nspname = $1 as here
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      order by here desc, 1, 2 limit 1000`,
    [schema],
  );
  const here = rows.filter((row) => row.here);
  return (here.length > 0 ? here : rows).map(writeTableName);
}

function toRelation(row: RelationRow): Relation {
  return {
    oid: row.oid,
    name: writeTableName(row),
    kind: row.kind,
    partitionOf: (row.above ?? []).map(writeTableName),
  };
}
