import { RequestError } from '../errors.ts';
import { loadIdFrom, parseExecutionName, parseLoadId } from '../request/load-id.ts';

/** A request under the name it runs by. */
export interface WrappedRequest {
  loadId: string;
  attempt: number;
  request: unknown;
}

const WRAPPING_FIELDS = ['loadId', 'attempt', 'request'];
const HIGHEST_ATTEMPT = 9_999;

/**
 * An execution's input: { loadId, attempt, request } from the command line or an event, or a bare request, typed into
 * the console, whose execution's name then says what is missing.
 * @throws RequestError
 */
export function unwrapInput(execution: string, input: unknown): WrappedRequest {
  const named = loadOfExecution(execution);
  if (!isWrapped(input)) return { ...named, request: input };
  const unknown = Object.keys(input).find((field) => !WRAPPING_FIELDS.includes(field));
  if (unknown !== undefined) {
    throw refusal(unknown, 'it is not a field beside a request', `Give nothing but ${WRAPPING_FIELDS.join(', ')}`);
  }
  const { loadId = named.loadId, attempt = named.attempt, request } = input;
  if (typeof loadId !== 'string') throw refusal('loadId', 'it must be a text', 'Use letters, digits and hyphens');
  if (!Number.isInteger(attempt) || (attempt as number) < 1 || (attempt as number) > HIGHEST_ATTEMPT) {
    throw refusal('attempt', 'it is no number of an attempt', `Use a whole number from 1 to ${HIGHEST_ATTEMPT}`);
  }
  return { loadId: parseLoadId(loadId), attempt: attempt as number, request };
}

/** The load that an execution runs, by its name. Another name than ours is made into a loadId: its first attempt. */
export function loadOfExecution(execution: string): { loadId: string; attempt: number } {
  const named = parseExecutionName(execution);
  // The last part of a UUID can be all digits, and is no attempt.
  return named !== undefined && named.attempt <= HIGHEST_ATTEMPT
    ? named
    : { loadId: loadIdFrom(execution), attempt: 1 };
}

function isWrapped(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && ('request' in input || 'loadId' in input);
}

function refusal(field: string, wrong: string, advice: string): RequestError {
  return new RequestError({ field, wrong, advice });
}
