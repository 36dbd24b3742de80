import type { Client } from 'pg';

/** The first of these columns (of all columns without `columns`) that this role may not read, or undefined. */
export async function findUnreadable(
  client: Client,
  tables: { oid: number; columns?: string[] }[],
): Promise<{ oid: number; column: string; schemaClosed: boolean } | undefined> {
  const { rows } = await client.query<{ oid: number; column: string; schemaClosed: boolean }>(
    `select asked.oid::int8::float8 as oid, a.attname as column, not has_schema_privilege(c.relnamespace, 'usage') as "schemaClosed"
       from json_to_recordset($1::json) as asked(oid oid, columns json)
       join pg_class c on c.oid = asked.oid
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where (asked.columns is null or asked.columns::jsonb ? a.attname)
        and not (has_schema_privilege(c.relnamespace, 'usage') and has_column_privilege(c.oid, a.attnum, 'select'))
      order by asked.oid, a.attnum limit 1`,
    [JSON.stringify(tables)],
  );
  return rows[0];
}

/** The first of these tables whose owner's rights this role doesn't have, or undefined. */
export async function findNotOwned(
  client: Client,
  oids: number[],
): Promise<{ oid: number; owner: string } | undefined> {
  const { rows } = await client.query<{ oid: number; owner: string }>(
    `select c.oid::int8::float8 as oid, pg_get_userbyid(c.relowner) as owner
       from pg_class c join unnest($1::oid[]) with ordinality as asked(oid, position) using (oid)
      where not pg_has_role(c.relowner, 'usage') order by position limit 1`,
    [oids],
  );
  return rows[0];
}

/** Whether this role may make tables in a schema and reach them: CREATE without USAGE does the first alone. */
/** Whether somebody set this database, or this role, to read only. */
export async function isReadOnlyByDefault(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(
    `select current_setting('default_transaction_read_only')::boolean as yes`,
  );
  return rows[0]!.yes;
}

export async function mayCreateIn(client: Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `select has_schema_privilege($1, 'create') and has_schema_privilege($1, 'usage') as may`,
    [schema],
  );
  return rows[0]!.may;
}
