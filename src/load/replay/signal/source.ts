import { hangUp, reconnect, type Client } from '../../../databases/postgres/connection.ts';
import { explainInLoad, isTransient } from '../../../databases/postgres/errors.ts';
import type { Load } from '../../../services.ts';

/** @throws TransientError, LoadFailedError, what work throws */
export async function onSource<T>(
  load: Load,
  applicationName: string,
  work: (source: Client) => Promise<T>,
): Promise<T> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const source = await reconnect(address, { applicationName, field });
  try {
    return await work(source);
  } catch (error) {
    // What the brokers say is explained by whoever asked them.
    const isOfDatabase = isTransient(error) || (error instanceof Error && 'severity' in error);
    throw isOfDatabase ? explainInLoad(error, "Asking for the connector's snapshot") : error;
  } finally {
    await hangUp(source);
  }
}

/** The request's place for signals. @throws Error when it names none */
export function signalsOf({ request }: Load): { table: string; notifications: string } {
  if (!request.topics?.signals) throw new Error('The request names no topics.signals.');
  return request.topics.signals;
}
