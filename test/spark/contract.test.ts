import { afterAll, jest } from '@jest/globals';
import { describeStrategyContract } from '../load/contract.ts';
import { stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

const { strategy: _, ...settings } = throughGlue;
describeStrategyContract('glue', {
  settings: { ...settings, limits: { deadlineMinutes: 20_160 } },
  setStage: (source, target) => setSparkStage(source, target),
  writesUntil: 'removed',
  briefly: true,
});
afterAll(stopGlueStandIns);
