import { afterAll } from '@jest/globals';
import { readSecret } from '../../../src/aws/secrets.ts';
import { jobWithoutSpark, objectsIn } from '../../support/job-without-spark.ts';
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
        jobWithoutSpark({ ...objectsIn(objects), readSecret: (name) => readSecret(name, 'a test') }),
    }),
  writesUntil: 'removed',
});
afterAll(stopGlueStandIns);
