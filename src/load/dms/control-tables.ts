import type { Client } from '../../databases/postgres/connection.ts';
import { DMS_CONTROL_TABLES } from '../../databases/postgres/control-tables.ts';
import { quoteQualifiedName } from '../../databases/postgres/identifiers.ts';
import { LoadFailedError } from '../../errors.ts';
import type { QualifiedName, TornDown } from '../../model.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import { writeTableName } from '../../request/table-name.ts';
import type { Load } from '../../services.ts';
import { assertNotSuperseded, bookkeepingSchema, readLoadRow } from '../../target/bookkeeping.ts';
import { inTransaction, lockLoad, withTarget } from '../../target/session.ts';
import { nameOf } from './names.ts';

/**
 * Removes the tables that DMS makes for itself in the schema that the task's settings name (ControlTablesSettings). A table
 * stays, without this load's rows, if it was there when the target was surveyed, or if it holds rows of another task.
 * Nothing is touched once the bookkeeping is gone: what is there then is not this load's.
 *
 * AWS's user guide for DMS, "Control table task settings" (TASK_NAME is the task's resource identifier) and "AWS DMS data
 * validation".
 *
 * @throws SupersededError, TransientError
 */
export async function dropControlTables(load: Load): Promise<TornDown[]> {
  const target = databaseTargetOf(load.request);
  const before = load.survey.target?.dmsControlTables;
  // Not surveyed, it may have been there.
  if (!target || before === undefined) return [];
  const tornDown: TornDown[] = [];
  for (const table of DMS_CONTROL_TABLES) {
    const name = writeTableName({ schema: bookkeepingSchema(load), table });
    try {
      const dropped = await withTarget(load, target, 'clean', (client) =>
        inTransaction(client, () => dropOne(client, load, { name, stays: before.includes(name) })),
      );
      tornDown.push(...dropped);
    } catch (error) {
      // What the database refuses for good, a view that somebody made of it, say, doesn't keep the rest from being restored.
      if (!(error instanceof LoadFailedError)) throw error;
      tornDown.push({ type: 'table', id: name, status: 'kept', detail: error.message });
    }
  }
  return tornDown;
}

async function dropOne(
  client: Client,
  load: Load,
  { name, stays }: { name: QualifiedName; stays: boolean },
): Promise<TornDown[]> {
  await lockLoad(client, load);
  if (!(await readLoadRow(client, load))) return [];
  await assertNotSuperseded(client, load);
  const sql = quoteQualifiedName(name);
  const { rows } = await client.query<{ owned: boolean; mayDelete: boolean }>(
    `select pg_has_role(relowner, 'usage') as owned,
            has_table_privilege(oid, 'select') and has_table_privilege(oid, 'delete') as "mayDelete"
       from pg_class where oid = to_regclass($1)`,
    [sql],
  );
  const [found] = rows;
  if (found?.mayDelete !== true) return [];
  await client.query(
    `delete from ${sql} as t
      where lower(coalesce(to_jsonb(t) ->> 'TASK_NAME', to_jsonb(t) ->> 'task_name')) = any ($1)`,
    [[nameOf(load, 'task'), nameOf(load, 'replication')]],
  );
  if (stays || !found.owned) return [];
  const left = await client.query(`select from ${sql} limit 1`);
  if (left.rowCount !== 0) {
    return [{ type: 'table', id: name, status: 'kept', detail: "it is DMS's own, and holds rows of another task" }];
  }
  await client.query(`drop table ${sql}`);
  return [{ type: 'table', id: name, status: 'deleted' }];
}
