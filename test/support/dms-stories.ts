import type { DataFaults } from '../../local/aws/dms/data-faults.ts';
import type { Story, Telling } from './fault-stories.ts';

type Run = Parameters<DataFaults['runEnds']>[0] | 'stalls';
export type DmsStory = Story<Run>;

/** Stubborn are making, asking how far it is, and removing, in each mode. */
export const dmsTelling: Telling<Run> = {
  repeated: /^Describe/,
  stubborn:
    /^(CreateEndpoint|Describe(ReplicationTasks|Replications)|Delete(ReplicationTask|ReplicationConfig|Endpoint))$/,
  detoursOf,
};

function detoursOf(operations: string[]): Omit<DmsStory, 'loadId' | 'kind'>[] {
  const isServerless = operations.includes('StartReplication');
  const [make, start, list, stop] = isServerless
    ? ['CreateReplicationConfig', 'StartReplication', 'DescribeReplicationTableStatistics', 'StopReplication']
    : ['CreateReplicationTask', 'StartReplicationTask', 'DescribeTableStatistics', 'StopReplicationTask'];
  const lost = { operation: make, kind: 'lost after' } as const;
  const denied = { operation: list, kind: 'access denied', times: Infinity } as const;
  const ends = { stopReason: 'Stop Reason RECOVERABLE_ERROR', status: 'failed', afterRows: 10 } as const;
  return [
    // It is there already: whose is it?
    { operation: 'ListTagsForResource', nth: 1, alone: false, detour: { fault: lost } },
    // It broke off: once more.
    { operation: start, nth: 2, alone: true, detour: { run: ends } },
    // It is given up while rows move: no more of them.
    { operation: stop, nth: 1, alone: true, detour: { run: 'stalls', fault: denied, denied: list } },
  ];
}
