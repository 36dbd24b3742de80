import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { readSecret } from '../../../src/aws/secrets.ts';
import { jobWithoutSpark } from '../../support/job-without-spark.ts';
import { setGlueStage, stopGlueStandIns, throughGlue } from '../../support/glue-stage.ts';
import { describeStrategyContract } from '../contract.ts';

/** A job that says nothing for an hour is given up: at this pace that is some seconds. */
const PACE = 300;

const { strategy: _, ...settings } = throughGlue;
describeStrategyContract('glue', {
  settings: { ...settings, limits: { deadlineMinutes: 20_160 } },
  setStage: (source, target) =>
    setGlueStage(source, target, {
      pace: PACE,
      runner: ({ objects }) =>
        jobWithoutSpark({
          readObject: (address) => readFile(fileOf(objects, address), 'utf8'),
          async writeObject(address, text) {
            const file = fileOf(objects, address);
            await mkdir(dirname(file), { recursive: true });
            await writeFile(`${file}.part`, text);
            await rename(`${file}.part`, file);
          },
          readSecret: (name) => readSecret(name, 'a test'),
        }),
    }),
  writesUntil: 'removed',
});
afterAll(stopGlueStandIns);

function fileOf(folder: string, address: string): string {
  return join(folder, address.replace('s3://', ''));
}
