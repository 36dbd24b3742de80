import { awsStandIns, PACE, patient, setDmsStage, throughDms } from './dms-stage.ts';
import type { TestDatabases } from './postgres.ts';
import { openWholeLoads, type WholeLoads, type WholeLoadsOptions } from './whole-loads.ts';

/** Whole loads through DMS. */
export function openDmsLoads(databases: TestDatabases, options?: WholeLoadsOptions): Promise<WholeLoads> {
  const resources = async () => (await awsStandIns()).resources();
  const through = { fields: throughDms, settings: patient, setStage: setDmsStage, pace: PACE, resources };
  return openWholeLoads(databases, through, options);
}
