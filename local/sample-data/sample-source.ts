import type { ClientBase } from 'pg';
import { fillEmployees, fillHistories } from './fill.ts';
import { addSampleForeignKeys, createSampleTables } from './schema.ts';

const DEFAULT_EMPLOYEES = 60_000;

/**
 * Creates and fills the schema `hr` in the client's database: the same rows on every machine, about 6.3 for each employee
 * (380,008 by default). Analyzed, so that a plan made at once rests on good estimates.
 */
export async function createSampleSource(client: ClientBase, options: { employees?: number } = {}): Promise<void> {
  const employees = options.employees ?? DEFAULT_EMPLOYEES;
  await createSampleTables(client);
  await fillEmployees(client, employees);
  await fillHistories(client, employees);
  await addSampleForeignKeys(client);
  await client.query('analyze');
}

/** Creates the same tables with the same foreign keys, empty: where a consumer's copy goes. */
export async function createSampleTarget(client: ClientBase): Promise<void> {
  await createSampleTables(client);
  await addSampleForeignKeys(client);
}
