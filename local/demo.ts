import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect } from '../src/databases/postgres/connection.ts';
import type { Services } from '../src/services.ts';
import { DirectoryStore } from '../src/store/directory-store.ts';
import { localServices } from './local-services.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { createSampleSource, createSampleTarget } from './sample-data/sample-source.ts';
import { startWebhookReceiver, type Received } from './webhook-receiver.ts';

export interface DemoOptions {
  strategy: string;
  /** For the strategy dms. */
  dmsMode?: 'instance' | 'serverless';
  now(): Date;
  print(line: string): void;
}

/** Everything that the demo's load needs, all of it on this machine and gone after stop(), or after a kill. */
export interface DemoWorld {
  loadId: string;
  request: unknown;
  services: Services;
  /** How many seconds pass here in one: more than 1 where a stand-in takes as long as AWS does. */
  pace?: number;
  /** What the mailer was told. */
  received: Received[];
  stop(): Promise<void>;
}

const HR = 'DEMO_HR_URL';
const MAILER = 'DEMO_MAILER_URL';
const WEBHOOK_SECRET = 'DEMO_WEBHOOK_SECRET';

/** A PostgreSQL server with the databases `hr` (sample data) and `mailer` (the same tables, empty), and a webhook's receiver. */
export async function startDemo(options: DemoOptions): Promise<DemoWorld> {
  const secret = randomBytes(24).toString('base64url');
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    const server = await startPostgres();
    stops.push(() => server.stop());
    await fill(server, 'hr', createSampleSource);
    await fill(server, 'mailer', createSampleTarget);
    const aws = options.strategy === 'dms' ? await startAws(server, options.dmsMode) : undefined;
    if (aws) stops.push(() => aws.stop());
    const now = aws?.now ?? options.now;
    const receiver = await startWebhookReceiver(secret, now);
    stops.push(() => receiver.close());
    const services = localServices({
      // Inside the server's directory, which is removed even after kill -9.
      store: new DirectoryStore(join(server.directory, 'load-store')),
      now,
      print: options.print,
      variables: { [HR]: server.url('hr'), [MAILER]: server.url('mailer'), [WEBHOOK_SECRET]: secret },
      ...(aws && { dms: aws.deployment }),
    });
    return {
      loadId: 'demo',
      request: { ...requestOf(options.strategy, receiver.url), ...aws?.request },
      services,
      ...(aws && { pace: aws.pace }),
      received: receiver.received,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Imported for the one strategy that needs it. */
async function startAws(server: PostgresServer, mode: DemoOptions['dmsMode'] = 'instance') {
  return (await import('./demo-aws.ts')).startDemoAws(server, mode);
}

async function fill(server: PostgresServer, database: string, create: typeof createSampleTarget): Promise<void> {
  await server.createDatabase(database);
  const { port, user, password } = server;
  const address = { engine: 'postgres' as const, host: '127.0.0.1', port, database, user, password };
  const client = await connect(address, { applicationName: 'demo', field: database });
  try {
    await create(client);
  } finally {
    await client.end();
  }
}

function requestOf(strategy: string, webhook: string) {
  return {
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: `env:${HR}`, tables: ['hr.*'] },
    target: { engine: 'postgres', connection: `env:${MAILER}` },
    strategy,
    notify: [{ channel: 'webhook', url: webhook, secret: `env:${WEBHOOK_SECRET}` }],
  };
}
