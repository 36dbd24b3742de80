import type { FaultKind, ScriptedFault } from '../../local/aws/faults.ts';
import type { LoggedRequest } from '../../local/aws/json-service.ts';

export const KINDS = ['throttled', 'lost before', 'lost after', 'access denied', 'vanished'] as const;

/** A client of the SDK tries five times; then the state machine tries again. */
const LONGER_THAN_A_CLIENT_TRIES = 6;

/** A load of its own, and what happens to one of its calls. `Run` is what can happen to what moves its rows. */
export interface Story<Run> extends ScriptedFault {
  loadId: string;
  operation: string;
  kind: FaultKind;
  /** The call doesn't name what the load's resources are named after, or the run of any load would be hit. */
  alone: boolean;
  /** What brings the load to make the call, and what the load then fails with, if it does. */
  detour?: Detour<Run>;
}
interface Detour<Run> {
  fault?: ScriptedFault & { operation: string };
  run?: Run;
  /** The name of the operation whose denial is the true cause. */
  denied?: string;
}

/** What is to be known of a service to tell its stories. */
export interface Telling<Run> {
  /** Operations that are called again and again: their first call and their last one are hit. */
  repeated: RegExp;
  /** Those to which it happens for longer than a client tries. */
  stubborn: RegExp;
  /** Calls that are made only after something else happened. */
  detoursOf(operations: string[]): Omit<Story<Run>, 'loadId' | 'kind'>[];
}

/**
 * Every call that a load makes to which nothing happens, with everything that can happen to it; and calls that are made
 * only after something else happened. A right that is missing is missing for as long as the load lasts.
 *
 * @param calls of such a load, alone; @param named what its resources' names begin with
 */
export function tellStories<Run>(
  mode: string,
  calls: LoggedRequest[],
  named: string,
  { repeated, stubborn, detoursOf }: Telling<Run>,
): Story<Run>[] {
  const operations = [...new Set(calls.map(({ operation }) => operation))];
  const faults = operations.flatMap((operation) => {
    const inputs = calls.filter((call) => call.operation === operation).map(({ input }) => JSON.stringify(input));
    const alone = !inputs.every((input) => input.includes(named));
    const hits = new Set([1, repeated.test(operation) ? inputs.length : 1]);
    return [...hits].flatMap((nth) => KINDS.map((kind) => ({ operation, alone, nth, kind, ...lasting(kind) })));
  });
  const lastingLong = operations
    .filter((operation) => stubborn.test(operation))
    .flatMap((operation) =>
      (['throttled', 'lost before'] as const).map((kind) => {
        return { operation, alone: false, nth: 1, times: LONGER_THAN_A_CLIENT_TRIES, kind };
      }),
    );
  const detours = detoursOf(operations).flatMap((told) => KINDS.map((kind) => ({ ...told, kind, ...lasting(kind) })));
  return [...faults, ...lastingLong, ...detours].map((fault, index) => ({ loadId: `${mode}-${index + 1}`, ...fault }));
}

function lasting(kind: FaultKind): { times?: number } {
  return kind === 'access denied' ? { times: Infinity } : {};
}
