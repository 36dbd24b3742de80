import { TransientError } from '../errors.ts';

const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const TRANSIENT_NAMES =
  /^(TimeoutError|RequestTimeout\w*|SlowDown|\w*Throttl\w*|TooManyRequestsException|RequestLimitExceeded|InternalError)$/;

/** Whether a call to AWS that failed after the SDK's own retries may succeed later. */
export function isTransient(error: unknown): boolean {
  const { name, code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return TRANSIENT_NAMES.test(name ?? '') || TRANSIENT_CODES.has(code ?? '') || status >= 500 || status === 429;
}

/**
 * Runs a call to AWS. A failure that may pass becomes a TransientError, which the state machine tries again; any other
 * keeps its message under one that says what was being done.
 */
export async function calling<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const message = `${doing}: ${describe(error)}`;
    throw isTransient(error) ? new TransientError(message) : new Error(message);
  }
}

/** The error's name and message, and nothing that the SDK hangs on it (the raw response can hold a secret). */
function describe(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message || 'no message'}`;
}
