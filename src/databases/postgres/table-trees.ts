import type pg from 'pg';
import { quoteQualifiedName } from './identifiers.ts';
import type { QualifiedName } from '../../model.ts';

/** A table with all that holds its rows. Inheritance children are tables of their own and don't belong to it. */
export interface TableTree {
  name: QualifiedName;
  /** As statements name it: `only` keeps inheritance children out, and a partitioned table can't be named so. */
  sql: string;
  /** The table and its partitions, to the leaves. */
  oids: number[];
  /** The role has the owner's rights on each of them. */
  owned: boolean;
}

/** The trees of these tables, in the same order; a table that doesn't exist is left out. */
export async function listTableTrees(client: pg.Client, names: QualifiedName[]): Promise<TableTree[]> {
  const { rows } = await client.query<{
    name: QualifiedName;
    quoted: string;
    partitioned: boolean;
    oids: number[];
    owned: boolean;
  }>(
    `select wanted.name, wanted.quoted, root.relkind = 'p' as partitioned,
            array_agg(member.oid::int8::float8) as oids, bool_and(pg_has_role(member.relowner, 'usage')) as owned
       from unnest($1::text[], $2::text[]) with ordinality wanted(name, quoted, place)
       join pg_class root on root.oid = to_regclass(wanted.quoted)
       join pg_class member
         on member.oid = root.oid or member.oid in (select relid from pg_partition_tree(root.oid))
      group by wanted.name, wanted.quoted, wanted.place, root.relkind
      order by wanted.place`,
    [names, names.map(quoteQualifiedName)],
  );
  return rows.map(({ name, quoted, partitioned, oids, owned }) => ({
    name,
    sql: partitioned ? quoted : `only ${quoted}`,
    oids,
    owned,
  }));
}
