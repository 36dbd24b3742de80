import { hangUp, reconnect } from '../databases/postgres/connection.ts';
import { sessionName, terminateSessions } from '../databases/postgres/sessions.ts';
import type { Load } from '../services.ts';

/** Ends sessions that a stuck invocation left open on the source, where they would hold back vacuum. @throws TransientError, LoadFailedError */
export async function endSourceSessions({ loadId, request, services }: Load): Promise<void> {
  const { connection, engine } = request.source;
  const field = 'source.connection';
  const source = await services.resolveConnection(connection, field, engine);
  const client = await reconnect(source, { applicationName: sessionName(loadId, 'tear-down'), field });
  try {
    await terminateSessions(client, sessionName(loadId, ''));
  } finally {
    await hangUp(client);
  }
}
