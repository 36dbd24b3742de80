import type { Client } from 'pg';
import type { QualifiedName } from '../../model.ts';
import { writeTableName } from '../../request/table-name.ts';

/** What AWS DMS makes for itself in a target, whatever is loaded: always the first, the second when it validates. */
export const DMS_CONTROL_TABLES = ['awsdms_apply_exceptions', 'awsdms_validation_failures_v1'];

/** Those of them that are there. */
export async function findControlTables(client: Client, schemas: string[]): Promise<QualifiedName[]> {
  const { rows } = await client.query<{ schema: string; table: string }>(
    `select n.nspname as schema, c.relname as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relname = any ($2) order by 1, 2`,
    [schemas, DMS_CONTROL_TABLES],
  );
  return rows.map(writeTableName);
}
