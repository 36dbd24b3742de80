import type { Services } from '../src/services.ts';
import { currentServices, INVOCATION_MARGIN_SECONDS, type Carried } from './services.ts';

/** What of Lambda's context a handler uses. The local runner gives the same, without a function's name. */
export interface InvocationContext {
  functionName?: string;
  getRemainingTimeInMillis(): number;
}
export type Handler = (input: unknown, context: InvocationContext) => Promise<unknown>;

/**
 * A Lambda handler for one step.
 * @param step does what it can until `until` and answers a JSON document.
 * @param options.told what of the answer the log's line says besides its status
 * @param options.channels for a step that notifies somebody
 * @param options.resolveCluster for a step that reaches brokers
 */
export function onLambda<Input, Answer>(
  step: (input: Input, services: Services, until: Date) => Promise<Answer>,
  { told = () => ({}), ...carried }: { told?: (answer: Answer) => object } & Carried = {},
): Handler {
  return async (input, context) => {
    const services = currentServices(carried);
    const startedAt = services.now();
    const remaining = context.getRemainingTimeInMillis() - INVOCATION_MARGIN_SECONDS * 1_000;
    const until = new Date(startedAt.getTime() + remaining);
    const log = (outcome: Record<string, unknown>) => {
      if (context.functionName === undefined) return;
      const milliseconds = services.now().getTime() - startedAt.getTime();
      console.log(JSON.stringify({ function: context.functionName, ...loadOf(input), milliseconds, ...outcome }));
    };
    try {
      const answer = await step(input as Input, services, until);
      const checked = checkedAnswer(answer);
      log({ answered: statusOf(checked), ...told(answer) });
      return checked;
    } catch (error) {
      log(error instanceof Error ? { error: error.name, message: error.message } : { error: String(error) });
      throw error;
    }
  };
}

/** A malformed answer would be an uncatchable States.Runtime in the state machine, so it is an error here. */
function checkedAnswer(answer: unknown): unknown {
  if (answer === undefined) return {};
  if (statusOf(answer) === 'working') {
    const { waitSeconds } = answer as { waitSeconds?: unknown };
    if (!Number.isInteger(waitSeconds) || (waitSeconds as number) < 0) {
      throw new Error(`The step answered waitSeconds ${JSON.stringify(waitSeconds)}, which is not a whole number.`);
    }
  }
  return answer;
}

function statusOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : undefined;
}

/** Never the whole input: a request may hold names that don't belong into a log. */
function loadOf(input: unknown): object {
  const { loadId, attempt, shard } = (typeof input === 'object' && input !== null ? input : {}) as Record<
    string,
    unknown
  >;
  return { loadId, attempt, shard };
}
