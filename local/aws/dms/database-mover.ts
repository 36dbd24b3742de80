import { loginOf, type Reader, type Writer } from './database.ts';
import { DatabaseMoving } from './database-moving.ts';
import type { EndpointRecord } from './endpoints.ts';
import type { Mover } from './mover.ts';
import { openMysqlReader } from './mysql-reader.ts';
import { openPostgresReader } from './postgres-reader.ts';
import { openPostgresWriter } from './postgres-writer.ts';

type ReadSecret = (id: string) => string | undefined;
type Open<T> = (login: ReturnType<typeof loginOf>) => Promise<T>;

const READERS: Record<string, Open<Reader>> = {
  postgres: openPostgresReader,
  'aurora-postgresql': openPostgresReader,
  mysql: openMysqlReader,
  mariadb: openMysqlReader,
  aurora: openMysqlReader,
};
const WRITERS: Record<string, Open<Writer>> = {
  postgres: openPostgresWriter,
  'aurora-postgresql': openPostgresWriter,
};

/**
 * Really moves rows between databases on this machine, with a reader and a writer of its own that have nothing in common
 * with the strategy `direct`: so verification checks something that the code under test didn't write.
 *
 * @param readSecret what the endpoint's access role could read
 */
export function databaseMover(readSecret: ReadSecret): Mover {
  const openReader = (endpoint: EndpointRecord) => open(READERS, endpoint, readSecret);
  const openWriter = (endpoint: EndpointRecord) => open(WRITERS, endpoint, readSecret);
  return {
    async test(endpoint) {
      try {
        const session = await (endpoint.type === 'source' ? openReader(endpoint) : openWriter(endpoint));
        await session.close();
      } catch (error) {
        return `Test Endpoint failed: Application-Status: 1020912, Application-Message: ${(error as Error).message}`;
      }
    },
    begin: (job) => new DatabaseMoving(job, { openReader, openWriter }),
  };
}

async function open<T>(by: Record<string, Open<T>>, endpoint: EndpointRecord, readSecret: ReadSecret): Promise<T> {
  const opener = by[endpoint.engine];
  if (opener === undefined) throw new Error(`The stand-in has nothing to use ${endpoint.engine} as a ${endpoint.type}`);
  return opener(loginOf(endpoint, readSecret));
}
