import { done, type StepAnswer } from '../../step.ts';

/** Its topics are the target, and are made when that is prepared. */
export function provision(): Promise<StepAnswer> {
  return Promise.resolve(done);
}
