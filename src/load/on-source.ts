import { hangUp, reconnect, type Client } from '../databases/postgres/connection.ts';
import { explainInLoad, isTransient } from '../databases/postgres/errors.ts';
import type { Load } from '../services.ts';

/**
 * A connection to the source, for the time of some work that asks others too: what they say is explained by whoever asked
 * them.
 * @param session.doing what is said of the source's failure first
 * @throws TransientError, LoadFailedError, what `work` throws
 */
export async function onSource<T>(
  load: Load,
  { applicationName, doing }: { applicationName: string; doing: string },
  work: (source: Client) => Promise<T>,
): Promise<T> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const source = await reconnect(address, { applicationName, field });
  try {
    return await work(source);
  } catch (error) {
    const isOfSource = isTransient(error) || (error instanceof Error && 'severity' in error);
    throw isOfSource ? explainInLoad(error, doing) : error;
  } finally {
    await hangUp(source);
  }
}
