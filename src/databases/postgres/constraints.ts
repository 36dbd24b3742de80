import type pg from 'pg';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';

/** A foreign key with all that is needed to have it again exactly as it was. Tables are quoted qualified names. */
export interface ForeignKey {
  table: string;
  references: string;
  name: string;
  /** From FOREIGN KEY on, as pg_get_constraintdef writes it: with MATCH, actions, deferrability, NOT VALID. */
  definition: string;
  validated: boolean;
  /** It can be added NOT VALID and validated in a second step, which keeps the lock that stops writers short. */
  validatesLater: boolean;
  comment: string | null;
  /** The role has the owner's rights on the referencing table, which dropping and adding take. */
  owned: boolean;
  ownsReferenced: boolean;
  /** The role may refer to the referenced columns, which adding takes besides. */
  mayReference: boolean;
  /** A superuser has switched its enforcement off: an owner could not do so again. */
  switchedOff: boolean;
}

/**
 * The foreign keys out of, into and between these tables. Of a foreign key on a partitioned table only the one that its
 * partitions have theirs from: dropping and adding it drops and adds those. A partition may have a like one of its own
 * besides. Adding the whole table's would adopt it, so those come with it, and after it.
 *
 * A foreign key between a partitioned table and another can't be added NOT VALID before PostgreSQL 18, or leaves its
 * parts marked as not validated.
 */
export async function listForeignKeys(client: pg.Client, tables: number[]): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `with recursive touching as (
       select oid, conparentid from pg_constraint
        where contype = 'f' and (conrelid = any($1::oid[]) or confrelid = any($1::oid[]))
       union
       select parent.oid, parent.conparentid from pg_constraint parent
         join touching on parent.oid = touching.conparentid
     ),
     whole as (
       select c.oid, c.conrelid, c.confrelid from touching join pg_constraint c on c.oid = touching.oid
        where c.conparentid = 0
     ),
     found as (
       select oid from whole
       union
       select c.oid from whole join pg_constraint c
         on c.contype = 'f' and c.conparentid = 0 and c.confrelid = whole.confrelid
            and c.conrelid in (select relid from pg_partition_tree(whole.conrelid))
     )
     select format('%I.%I', own_schema.nspname, own.relname) as "table",
            format('%I.%I', other_schema.nspname, other.relname) as "references",
            c.conname as name, pg_get_constraintdef(c.oid) as definition, c.convalidated as validated,
            own.relkind = 'r' and other.relkind = 'r' as "validatesLater",
            obj_description(c.oid, 'pg_constraint') as comment,
            pg_has_role(own.relowner, 'usage') as owned, pg_has_role(other.relowner, 'usage') as "ownsReferenced",
            has_schema_privilege(other.relnamespace, 'usage')
              and (select bool_and(has_column_privilege(other.oid, k, 'references')) from unnest(c.confkey) k)
              as "mayReference",
            exists (select from pg_trigger t where t.tgconstraint = c.oid and t.tgenabled <> 'O') as "switchedOff"
       from found
       join pg_constraint c on c.oid = found.oid
       join pg_class own on own.oid = c.conrelid join pg_namespace own_schema on own_schema.oid = own.relnamespace
       join pg_class other on other.oid = c.confrelid
       join pg_namespace other_schema on other_schema.oid = other.relnamespace
      order by (select count(*) from pg_partition_ancestors(c.conrelid)), own_schema.nspname, own.relname, c.conname`,
    [tables],
  );
  return rows;
}

/** The foreign key of this name, as it is now. */
export async function findForeignKey(
  client: pg.Client,
  table: string,
  name: string,
): Promise<Pick<ForeignKey, 'definition' | 'validated'> | undefined> {
  const { rows } = await client.query<Pick<ForeignKey, 'definition' | 'validated'>>(
    `select pg_get_constraintdef(oid) as definition, convalidated as validated
       from pg_constraint where contype = 'f' and conrelid = to_regclass($1) and conname = $2`,
    [table, name],
  );
  return rows[0];
}

/** Never cascades: what depends on it besides makes it fail. */
export function dropForeignKey({ table, name }: Pick<ForeignKey, 'table' | 'name'>): string {
  return `alter table ${table} drop constraint ${quoteIdentifier(name)}`;
}

export function addForeignKey({ table, name, definition }: Pick<ForeignKey, 'table' | 'name' | 'definition'>): string {
  return `alter table ${table} add constraint ${quoteIdentifier(name)} ${definition}`;
}

export function validateForeignKey(table: string, name: string): string {
  return `alter table ${table} validate constraint ${quoteIdentifier(name)}`;
}

export function commentOnForeignKey(table: string, name: string, comment: string): string {
  return `comment on constraint ${quoteIdentifier(name)} on ${table} is ${quoteLiteral(comment)}`;
}
