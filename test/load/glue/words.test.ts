import { JobRunState } from '@aws-sdk/client-glue';
import { describe, expect, test } from '@jest/globals';
import { ADVISED_FAULTS } from '../../../src/load/glue/advice.ts';
import { isOver, RUN_STATES } from '../../../src/load/glue/run/words.ts';

describe('the states of a run', () => {
  test('are those that the SDK knows, all ten and no other', () => {
    expect([...RUN_STATES.keys()].sort()).toEqual(Object.values(JobRunState).sort());
    expect(RUN_STATES.size).toBe(10);
  });

  test('have one that means success, which alone is over besides those of failures', () => {
    const succeeded = [...RUN_STATES].filter(([, meaning]) => meaning === 'succeeded').map(([state]) => state);
    expect(succeeded).toEqual(['SUCCEEDED']);
    const over = [...RUN_STATES.keys()].filter(isOver).sort();
    expect(over).toEqual(['ERROR', 'EXPIRED', 'FAILED', 'STOPPED', 'SUCCEEDED', 'TIMEOUT']);
  });

  test('that this version does not know are taken for one that goes on', () => {
    expect(isOver('LEVITATING')).toBe(false);
  });

  test('have advice where they are failures', () => {
    const failed = [...RUN_STATES].filter(([, meaning]) => meaning === 'failed').map(([state]) => `run ${state}`);
    expect(ADVISED_FAULTS).toEqual(expect.arrayContaining(failed));
  });
});
