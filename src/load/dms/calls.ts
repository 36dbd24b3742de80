import { databaseMigrationService } from '../../aws/clients.ts';
import { callControlPlane } from '../../aws/call-control-plane.ts';
import { adviceFor } from './advice.ts';

type Dms = Awaited<ReturnType<typeof databaseMigrationService>>;

/**
 * Calls DMS.
 * @param doing the call's name, with which a message about it begins
 * @param expected by the fault's name (ResourceNotFoundFault, …), what to answer then
 * @throws TransientError, which the state machine tries again, LoadFailedError
 */
export async function callDms<T>(
  doing: string,
  call: (dms: Dms) => Promise<T>,
  expected: Partial<Record<string, T>> = {},
): Promise<T> {
  return callControlPlane(doing, async () => call(await databaseMigrationService()), { expected, adviceFor });
}
