import { afterAll } from '@jest/globals';
import { setDmsStage, stopAwsStandIns, throughDms } from '../../support/dms-stage.ts';
import { describeStrategyContract } from '../contract.ts';

const { strategy: _, ...settings } = throughDms;
describeStrategyContract('dms', {
  settings,
  setStage: (source, target) => setDmsStage(source, target),
  writesUntil: 'removed',
});
afterAll(stopAwsStandIns);
