import type { DataFaults } from '../../local/aws/dms/data-faults.ts';
import type { FaultKind, ScriptedFault } from '../../local/aws/faults.ts';
import type { LoggedRequest } from '../../local/aws/json-service.ts';

export const KINDS = ['throttled', 'lost before', 'lost after', 'access denied', 'vanished'] as const;
/** What the SDK's client, or the state machine, tries again: nobody must notice it. */
export const PASSING: FaultKind[] = ['throttled', 'lost before', 'lost after'];

/** A client of the SDK tries five times; then the state machine tries again. */
const LONGER_THAN_A_CLIENT_TRIES = 6;
/** Making, asking how far it is, and removing, in each mode. */
const STUBBORN =
  /^(CreateEndpoint|Describe(ReplicationTasks|Replications)|Delete(ReplicationTask|ReplicationConfig|Endpoint))$/;

/** A load of its own, and what happens to one of its calls. */
export interface Story extends ScriptedFault {
  loadId: string;
  operation: string;
  kind: FaultKind;
  /** The call doesn't name what the load's resources are named after, or the run of any load would be hit. */
  alone: boolean;
  /** What brings the load to make the call, and what the load then fails with, if it does. */
  detour?: Detour;
}
interface Detour {
  fault?: ScriptedFault & { operation: string };
  run?: Parameters<DataFaults['runEnds']>[0] | 'stalls';
  /** The name of the operation whose denial is the true cause. */
  denied?: string;
}

/**
 * Every call that a load makes to which nothing happens, with everything that can happen to it; and calls that are made
 * only after something else happened. Of what is asked for again and again the first and the last are hit. A right that is
 * missing is missing for as long as the load lasts.
 *
 * @param calls of such a load, alone; @param named what its resources' names begin with
 */
export function tellStories(mode: string, calls: LoggedRequest[], named: string): Story[] {
  const operations = [...new Set(calls.map(({ operation }) => operation))];
  const faults = operations.flatMap((operation) => {
    const inputs = calls.filter((call) => call.operation === operation).map(({ input }) => JSON.stringify(input));
    const alone = !inputs.every((input) => input.includes(named));
    const hits = new Set([1, operation.startsWith('Describe') ? inputs.length : 1]);
    return [...hits].flatMap((nth) => KINDS.map((kind) => ({ operation, alone, nth, kind, ...lasting(kind) })));
  });
  const stubborn = operations
    .filter((operation) => STUBBORN.test(operation))
    .flatMap((operation) =>
      (['throttled', 'lost before'] as const).map((kind) => {
        return { operation, alone: false, nth: 1, times: LONGER_THAN_A_CLIENT_TRIES, kind };
      }),
    );
  const detours = detoursOf(operations).flatMap((told) => KINDS.map((kind) => ({ ...told, kind, ...lasting(kind) })));
  return [...faults, ...stubborn, ...detours].map((fault, index) => ({ loadId: `${mode}-${index + 1}`, ...fault }));
}

function lasting(kind: FaultKind): { times?: number } {
  return kind === 'access denied' ? { times: Infinity } : {};
}

function detoursOf(operations: string[]): Omit<Story, 'loadId' | 'kind'>[] {
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
