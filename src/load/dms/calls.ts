import { databaseMigrationService } from '../../aws/clients.ts';
import { isTransient } from '../../aws/failures.ts';
import { LoadFailedError, TransientError } from '../../errors.ts';
import { adviceFor } from './advice.ts';

type Dms = Awaited<ReturnType<typeof databaseMigrationService>>;

/**
 * Calls DMS. A fault that the caller expects is an answer; what may pass (throttling, a cut connection) becomes a
 * TransientError, which the state machine tries again; any other fails the load with DMS's own words and what to do.
 *
 * @param doing the call's name, with which a message about it begins
 * @param expected by the fault's name (ResourceNotFoundFault, …), what to answer then
 * @throws TransientError, LoadFailedError
 */
export async function callDms<T>(
  doing: string,
  call: (dms: Dms) => Promise<T>,
  expected: Partial<Record<string, T>> = {},
): Promise<T> {
  try {
    return await call(await databaseMigrationService());
  } catch (error) {
    const { name, message } = error as Error;
    const answer = expected[name];
    if (answer !== undefined) return answer;
    const said = `${doing}: ${name}: ${message || 'no message'}`;
    if (isTransient(error)) throw new TransientError(said);
    throw new LoadFailedError(`${said.replace(/\.?$/, '.')} ${adviceFor(name)}`);
  }
}
