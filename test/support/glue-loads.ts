import { join } from 'node:path';
import { readSecret } from '../../src/aws/secrets.ts';
import type { JobReport } from '../../src/load/glue/job/job-document.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { glueStandIns, setGlueStage, testGlueDeployment, throughGlue } from './glue-stage.ts';
import { jobWithoutSpark, objectsIn } from './job-without-spark.ts';
import type { TestDatabases } from './postgres.ts';
import { openWholeLoads, type WholeLoads, type WholeLoadsOptions } from './whole-loads.ts';

/** A client that tries again for seven seconds doesn't look like a job of which nothing is heard for an hour. */
export const PACE = 400;

/** Whole loads through Glue, whose jobs run without Spark. */
export interface GlueLoads extends WholeLoads {
  /** What a load's job writes instead of its report: nothing, where that is undefined. */
  misreports: Map<string, (report: JobReport) => JobReport | undefined | Promise<JobReport>>;
  /** Whether our own documents, from now on, go through S3, where they can be hit: slower than the same files without. */
  useS3(isUsed: boolean): void;
  /** Whether loads from now on have a connection into a VPC. */
  useNetwork(isUsed: boolean): void;
  /** Objects that the load's job ran, and tables of the target's that aren't the load's rows. */
  leftBesides(loadId: string, target?: number): Promise<string[]>;
}

/** @param pace for stories whose seconds must last, however slow the machine is */
export async function openGlueLoads(
  databases: TestDatabases,
  options?: WholeLoadsOptions,
  pace = PACE,
): Promise<GlueLoads> {
  const misreports: GlueLoads['misreports'] = new Map();
  const setStage = (...[source, target, otherTargets]: Parameters<Through['setStage']>) =>
    setGlueStage(source, target, {
      otherTargets,
      pace,
      runner: ({ objects: folder }) => {
        const { readObject, writeObject } = objectsIn(folder);
        return jobWithoutSpark({
          readObject,
          async writeObject(address, text) {
            const [, loadId = ''] = /\/loads\/([^/]+)\/glue\/report-/.exec(address) ?? [];
            const misreport = misreports.get(loadId);
            const told = misreport ? await misreport(JSON.parse(text) as JobReport) : text;
            if (told !== undefined) await writeObject(address, typeof told === 'string' ? told : JSON.stringify(told));
          },
          readSecret: (name) => readSecret(name, 'a test'),
        });
      },
    });
  const resources = async () => (await glueStandIns()).resources();
  const loads = await openWholeLoads(
    databases,
    { fields: throughGlue, settings: {}, setStage, pace, resources },
    options,
  );
  const { services, targets } = loads;
  const { directory } = await glueStandIns();
  const stores = { s3: services.store, files: new DirectoryStore(join(directory, services.store.address.slice(5))) };
  services.store = stores.files;
  return {
    ...loads,
    misreports,
    useS3(isUsed) {
      services.store = isUsed ? stores.s3 : stores.files;
    },
    useNetwork(isUsed) {
      const { network: _, ...others } = services.deployment.glue!;
      services.deployment.glue = { ...others, ...(isUsed && { network: testGlueDeployment.network! }) };
    },
    async leftBesides(loadId, target = 0) {
      const tables = await targets[target]!.query<{ name: string }>(
        `select relname as name from pg_class where relkind in ('r', 'p', 'S') and relname like 'il-%'`,
      );
      return [
        ...(await services.store.list(`loads/${loadId}/glue/script/`)),
        ...(await services.store.list('locks/')).filter((path) => path === `locks/${loadId}.json`),
        ...tables.map(({ name }) => `table ${name}`),
      ];
    },
  };
}

type Through = Parameters<typeof openWholeLoads>[1];
