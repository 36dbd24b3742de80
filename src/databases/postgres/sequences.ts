import type pg from 'pg';
import { quoteIdentifier } from './identifiers.ts';

/** A sequence that gives values to a column of whole numbers: serial, identity, or any other default. */
export interface ColumnSequence {
  /** Quoted and qualified. */
  sequence: string;
  /** The root of the column's table, quoted and qualified, with `only` before it where it isn't partitioned. */
  table: string;
  column: string;
  /** Nothing but these tables takes values of it. */
  exclusive: boolean;
  /** The role may read and set it. */
  maySet: boolean;
}

export interface SequencePosition {
  /** As text: it may exceed what a JavaScript number holds. */
  lastValue: string;
  isCalled: boolean;
}

/** @param trees for each table, how statements name it, and the oids of itself and its partitions. */
export async function listColumnSequences(
  client: pg.Client,
  trees: { sql: string; oids: number[] }[],
): Promise<ColumnSequence[]> {
  const members = trees.flatMap(({ sql, oids }) => oids.map((oid) => ({ sql, oid })));
  const { rows } = await client.query<ColumnSequence>(
    `with member as (select * from unnest($1::text[], $2::oid[]) as m(root, oid)),
     -- The identity of a partition is that of the whole table, whose sequence it is.
     reach as (select root, oid from member
               union select root, relid from member, pg_partition_ancestors(member.oid)),
     uses as (
       select objid as sequence, refobjid as user_table, refobjsubid as attnum from pg_depend
        where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and deptype in ('a', 'i')
       union
       select d.refobjid, a.adrelid, a.adnum from pg_attrdef a
         join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid and d.refclassid = 'pg_class'::regclass
     )
     select distinct format('%I.%I', n.nspname, s.relname) as sequence, reach.root as "table", a.attname as column,
            not exists (select from uses other where other.sequence = s.oid
                         and other.user_table not in (select oid from member)) as exclusive,
            has_sequence_privilege(s.oid, 'select') and has_sequence_privilege(s.oid, 'update') as "maySet"
       from uses
       join pg_class s on s.oid = uses.sequence and s.relkind = 'S' join pg_namespace n on n.oid = s.relnamespace
       join reach on reach.oid = uses.user_table
       join pg_attribute a on a.attrelid = uses.user_table and a.attnum = uses.attnum
       join pg_type t on t.oid = a.atttypid
      where coalesce(nullif(t.typbasetype, 0), t.oid) in
            ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
      order by 1, 2, 3`,
    [members.map(({ sql }) => sql), members.map(({ oid }) => oid)],
  );
  return rows;
}

export async function readSequence(client: pg.Client, sequence: string): Promise<SequencePosition> {
  const { rows } = await client.query<SequencePosition>(
    `select last_value::text as "lastValue", is_called as "isCalled" from ${sequence}`,
  );
  const position = rows[0];
  if (!position) throw new Error(`The sequence ${sequence} has no position.`);
  return position;
}

/** One that is gone by now is left out. Not undone by a rollback: no setting of a sequence is. */
export async function setSequence(client: pg.Client, sequence: string, position: SequencePosition): Promise<void> {
  await client.query('select setval(to_regclass($1), $2::bigint, $3)', [
    sequence,
    position.lastValue,
    position.isCalled,
  ]);
}

/**
 * Moves the sequence past every value of the column that it could give itself, in its own direction; one that is further
 * already stays.
 *
 * @returns the value after which it goes on, or undefined when it stayed
 */
export async function moveSequencePast(client: pg.Client, of: ColumnSequence): Promise<string | undefined> {
  const { rows: limits } = await client.query<{ ascending: boolean; least: string; most: string }>(
    `select seqincrement > 0 as ascending, seqmin::text as least, seqmax::text as most
       from pg_sequence where seqrelid = $1::regclass`,
    [of.sequence],
  );
  const limit = limits[0];
  if (!limit) throw new Error(`The sequence ${of.sequence} is gone.`);
  const column = quoteIdentifier(of.column);
  const [furthest, reaches] = limit.ascending ? ['max', '>='] : ['min', '<='];
  const { rows } = await client.query<{ moved: string }>(
    `select setval($1::regclass, reached.value)::text as moved
       from ${of.sequence} s
       join pg_sequence on seqrelid = $1::regclass
       join (select trunc(${furthest}(${column})::numeric)::bigint as value from ${of.table}
              where ${column} between $2::bigint and $3::bigint) reached
         on reached.value ${reaches} s.last_value + case when s.is_called then seqincrement else 0 end`,
    [of.sequence, limit.least, limit.most],
  );
  return rows[0]?.moved;
}
