import type { FaultKind } from '../../local/aws/faults.ts';
import type { RunScript } from '../../local/aws/glue/run-script.ts';
import type { Story, Telling } from './fault-stories.ts';

export type GlueStory = Story<RunScript>;

/** Stubborn is all that Glue is asked. */
export const glueTelling: Telling<RunScript> = {
  repeated: /^Get/,
  stubborn: /./,
  detoursOf,
};

const GONE_SILENT: RunScript = { neverEnds: true };

function detoursOf(operations: string[]): Omit<GlueStory, 'loadId' | 'kind'>[] {
  const lost = (operation: string) => ({ fault: { operation, kind: 'lost after' as const } });
  const denied = { operation: 'GetJobRun', kind: 'access denied', times: Infinity } as const;
  return [
    // It is there already: whose is it?
    { operation: 'GetTags', nth: 1, alone: false, detour: lost('CreateJob') },
    ...(operations.includes('CreateConnection')
      ? [{ operation: 'GetTags', nth: 1, alone: false, detour: lost('CreateConnection') }]
      : []),
    // Was it started?
    { operation: 'GetJobRuns', nth: 2, alone: false, detour: lost('StartJobRun') },
    // It is given up while its run goes on: that is stopped first.
    {
      operation: 'BatchStopJobRun',
      nth: 1,
      alone: false,
      detour: { run: GONE_SILENT, fault: denied, denied: 'GetJobRun' },
    },
  ];
}

/** What Glue says for a while, by whose name it is no failure. */
const FOR_A_WHILE: [operation: string, fault: string][] = [
  ['StartJobRun', 'ConcurrentRunsExceededException'],
  ['StartJobRun', 'ResourceNumberLimitExceededException'],
  ['StartJobRun', 'OperationTimeoutException'],
  ['StartJobRun', 'InternalServiceException'],
  ['CreateJob', 'ResourceNumberLimitExceededException'],
  ['CreateJob', 'ConcurrentModificationException'],
  ['DeleteJob', 'InternalServiceException'],
  ['DeleteJob', 'OperationTimeoutException'],
];

export interface PassingStory {
  loadId: string;
  operation: string;
  kind: FaultKind;
  times: number;
}

/** Faults of Glue's own that pass when it has said so three times. */
export function tellPassing(mode: string): PassingStory[] {
  return FOR_A_WHILE.map(([operation, fault], index) => {
    return { loadId: `${mode}-for-a-while-${index + 1}`, operation, kind: { fault }, times: 3 };
  });
}
