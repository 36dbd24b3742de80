import { done, type StepAnswer } from '../../step.ts';

/** The live topics are there. */
export function provision(): Promise<StepAnswer> {
  return Promise.resolve(done);
}
