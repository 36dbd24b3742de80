import { sessionName, terminateSessions } from '../../databases/postgres/sessions.ts';
import type { TornDown } from '../../model.ts';
import { done, type StepAnswer } from '../../step.ts';
import type { Load } from '../../services.ts';
import { addressesOf, hangUp, reconnect } from './invocation.ts';

/**
 * Ends sessions that a stuck invocation left open on the source, where they would hold back vacuum. Those on the target
 * were ended when the load was closed, before its bookkeeping is removed.
 */
export async function tearDown(load: Load): Promise<{ answer: StepAnswer; tornDown: TornDown[] }> {
  const { source } = await addressesOf(load);
  const client = await reconnect(source, load.loadId, 'tear-down');
  try {
    await terminateSessions(client, sessionName(load.loadId, ''));
  } finally {
    await hangUp(client);
  }
  return { answer: done, tornDown: [] };
}
