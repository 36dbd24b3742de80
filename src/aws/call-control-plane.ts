import { isTransient } from './failures.ts';
import { LoadFailedError, TransientError } from '../errors.ts';

/** How the faults of one service are understood. */
interface Understanding<T> {
  /** By the fault's name, what to answer then: one that the caller expects is no failure. */
  expected: Partial<Record<string, T>>;
  /** Faults of this service that may pass, besides those that AWS's services share (throttling, a cut connection). */
  passing?: ReadonlySet<string>;
  /** One sentence: what to do about a fault. */
  adviceFor(fault: string): string;
}

/**
 * Calls a control plane. What may pass becomes a TransientError; any other failure fails the load with the service's own
 * words and what to do.
 *
 * @param doing the call's name, with which a message about it begins
 * @throws TransientError, LoadFailedError
 */
export async function callControlPlane<T>(
  doing: string,
  call: () => Promise<T>,
  { expected, passing, adviceFor }: Understanding<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, message } = error as Error;
    if (Object.hasOwn(expected, name)) return expected[name] as T;
    const said = `${doing}: ${name}: ${message || 'no message'}`;
    if (isTransient(error) || passing?.has(name)) throw new TransientError(said);
    throw new LoadFailedError(`${said.replace(/\.?$/, '.')} ${adviceFor(name)}`);
  }
}
