import { ExecutionAbortedError, ExecutionError, ExecutionTimeoutError, StateMachine } from 'aws-local-stepfunctions';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import { INVOCATION_MARGIN_SECONDS } from '../functions/services.ts';
import type { Handler } from '../functions/lambda.ts';
import type { CaughtError } from '../src/report/failure.ts';
import { functionKeyOf, readDefinition, statesOf, waitForInvocations } from './definitions.ts';
import type { MachineName } from './definitions.ts';
import type { Handlers } from './handlers.ts';
import { asLambdaError } from './lambda-error.ts';
import { paceOf, type PacedWaits } from './pace.ts';

export interface MachineRun {
  /** The execution's name. */
  execution: string;
  handlers: Handlers;
  /** How long an invocation may work. */
  invocationSeconds: number;
  /** Starts the nested execution that a Task asks for, and waits for its end. */
  startNested?(machine: MachineName, execution: string, input: unknown): Promise<MachineEnd>;
  /** Aborts the execution, as a person does in the console: no Catch runs. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: MachineEvent) => void) | undefined;
  /** How many seconds pass for the state machine in one real second: above 1 where a stand-in's clock runs fast. */
  pace?: number | undefined;
}

export interface MachineEvent {
  machine: MachineName;
  state: string;
  what: 'entered' | 'exited' | 'failed' | 'retried' | 'caught';
  /** Of a state that failed. */
  failure?: CaughtError;
}

export type MachineEnd = {
  /** States entered, as Step Functions bills them; without those of nested executions. */
  transitions: number;
  /** Fulfilled when every invocation has ended: like a Lambda, one can outlive its execution. */
  invocationsEnded: Promise<unknown>;
} & (
  | { status: 'SUCCEEDED'; output: unknown }
  | { status: 'FAILED'; error: string; cause: string }
  | { status: 'ABORTED' | 'TIMED_OUT' }
);

/** Step Functions carries 256 KiB; the interpreter has no limit, so it is held here, with room to spare. */
const LARGEST_STATE_BYTES = 200 * 1024;

/** Runs a deployed definition on this machine, with the handlers that are deployed. */
export async function runMachine(machine: MachineName, input: unknown, run: MachineRun): Promise<MachineEnd> {
  const definition = readDefinition(machine);
  waitForInvocations(definition, run.invocationSeconds);
  const invocations: Promise<unknown>[] = [];
  const waits = paceOf(definition, run.pace);
  const tasks = statesOf(definition).filter(([, state]) => state.Type === 'Task');
  const taskResourceLocalHandlers = Object.fromEntries(
    tasks.map(([name, state]) => {
      const key = functionKeyOf(state);
      const handler = key === undefined ? nestedBy(run) : handlerOf(run, key);
      return [name, invoke(handler, run, invocations, waits)];
    }),
  );
  // The tests validate the definitions; here it would cost a third of the time that a small load takes.
  const options = { validationOptions: { noValidate: true } };
  const execution = new StateMachine(definition as unknown as StateMachineDefinition, options).run(input as never, {
    overrides: { taskResourceLocalHandlers: taskResourceLocalHandlers as never, ...waits?.overrides },
    context: { Execution: { Name: run.execution } },
  });
  const abort = () => execution.abort();
  run.signal?.addEventListener('abort', abort, { once: true });
  if (run.signal?.aborted) abort();
  const watched = watch(execution.eventLogs, machine, run, abort);
  const ended = await endOf(execution.result);
  run.signal?.removeEventListener('abort', abort);
  const { transitions, tooLarge } = await watched;
  const end =
    tooLarge === undefined ? ended : { status: 'FAILED' as const, error: 'States.DataLimitExceeded', cause: tooLarge };
  return { ...end, transitions, invocationsEnded: Promise.allSettled(invocations) };
}

async function endOf(result: Promise<unknown>) {
  try {
    return { status: 'SUCCEEDED' as const, output: await result };
  } catch (error) {
    if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' as const };
    if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT' as const };
    if (!(error instanceof ExecutionError) || !(error.cause instanceof Error)) throw error;
    return { status: 'FAILED' as const, error: error.cause.name, cause: error.cause.message };
  }
}

function handlerOf(run: MachineRun, key: string): Handler {
  const handler = run.handlers[key];
  if (handler === undefined) throw new Error(`There is no handler for the function ${key}.`);
  return handler;
}

function invoke(handler: Handler, run: MachineRun, invocations: Promise<unknown>[], waits: PacedWaits | undefined) {
  return (input: unknown): Promise<unknown> => {
    const invocation = (async () => {
      // The interpreter begins one more state, and each waiting child of a Map, after an abort.
      if (run.signal?.aborted) throw new Error('The execution was aborted.');
      const remaining = (run.invocationSeconds + INVOCATION_MARGIN_SECONDS) * 1_000;
      const answer = await handler(structuredClone(input), { getRemainingTimeInMillis: () => remaining });
      waits?.hear(answer);
      return JSON.parse(JSON.stringify(answer)) as unknown;
    })().catch((error: unknown) => {
      throw asLambdaError(error);
    });
    invocations.push(invocation);
    return invocation;
  };
}

/** `startExecution.sync:2`, which fails with the nested execution. */
function nestedBy(run: MachineRun): Handler {
  return async (input) => {
    const { StateMachineArn, Name, Input } = input as { StateMachineArn: string; Name: string; Input: unknown };
    if (!StateMachineArn.endsWith(':TearDownStateMachine') || run.startNested === undefined) {
      throw new Error(`${StateMachineArn} can't be started here.`);
    }
    const end = await run.startNested('tear-down', Name, Input);
    if (end.status === 'SUCCEEDED') return { Name, Output: end.output };
    const { status, ...failed } = end.status === 'FAILED' ? end : { ...end, error: end.status, cause: '' };
    throw Object.assign(new Error(`The nested execution ${Name} ended ${status}: ${failed.error}: ${failed.cause}`), {
      name: 'States.TaskFailed',
    });
  };
}

async function watch(
  events: ReturnType<StateMachine['run']>['eventLogs'],
  machine: MachineName,
  run: MachineRun,
  abort: () => void,
) {
  let transitions = 0;
  let tooLarge: string | undefined;
  for await (const event of events) {
    if (!('state' in event)) continue;
    const what = event.type.slice('State'.length).toLowerCase() as MachineEvent['what'];
    if (what === 'entered') transitions += 1;
    const carried = what === 'exited' ? event.state.output : event.state.input;
    const bytes = Buffer.byteLength(JSON.stringify(carried ?? null));
    if (bytes > LARGEST_STATE_BYTES && tooLarge === undefined) {
      tooLarge = `${event.state.name} carries ${bytes} bytes.`;
      abort();
    }
    const failure = event.type === 'StateFailed' && {
      failure: { Error: event.Error ?? '', Cause: String(event.Cause) },
    };
    run.onEvent?.({ machine, state: event.state.name, what, ...failure });
  }
  return { transitions, tooLarge };
}
