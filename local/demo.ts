import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect } from '../src/databases/postgres/connection.ts';
import type { Services } from '../src/services.ts';
import { DirectoryStore } from '../src/store/directory-store.ts';
import type { Spark } from './aws/glue/find-spark.ts';
import type { DemoAws } from './demo-aws.ts';
import { BROKERS, startDemoKafka, type DemoKafka } from './demo-kafka.ts';
import { startDemoReplay } from './demo-replay.ts';
import type { KafkaInstallation } from './kafka/find-kafka.ts';
import { localServices } from './local-services.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { createSampleSource, createSampleTarget } from './sample-data/sample-source.ts';
import { startWebhookReceiver, type Received } from './webhook-receiver.ts';

export interface DemoOptions {
  strategy: string;
  /** For the strategy dms. */
  dmsMode?: 'instance' | 'serverless';
  /** For the strategy glue. */
  spark?: Spark;
  /** For the strategies kafka-topic and replay: brokers that are there, or what one is started from. */
  kafka?: string | KafkaInstallation;
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

/**
 * A PostgreSQL server with the databases `hr` (sample data) and `mailer` (the same tables, empty, or those that a
 * transformation fills), and a webhook's receiver.
 */
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
    const aws = await startAws(server, options);
    if (aws) stops.push(() => aws.stop());
    const kafka = await startBrokers(options);
    if (kafka) stops.push(() => kafka.stop());
    else await fill(server, 'mailer', aws?.createTarget ?? createSampleTarget);
    const now = aws?.now ?? options.now;
    const receiver = await startWebhookReceiver(secret, now, (notification) => void kafka?.read(notification));
    stops.push(() => receiver.close());
    const services = localServices({
      // Inside the server's directory, which is removed even after kill -9.
      store: aws?.store ?? new DirectoryStore(join(server.directory, 'load-store')),
      now,
      print: options.print,
      variables: {
        [HR]: server.url('hr'),
        [MAILER]: server.url('mailer'),
        [WEBHOOK_SECRET]: secret,
        ...(kafka && { [BROKERS]: kafka.brokers }),
      },
      ...(aws && { deployed: aws.deployed }),
    });
    return {
      loadId: 'demo',
      request: { ...requestOf(options.strategy, receiver.url), ...aws?.request, ...kafka?.request },
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

/** Imported for the strategies that need it. */
async function startAws(
  server: PostgresServer,
  { strategy, dmsMode = 'instance', spark }: DemoOptions,
): Promise<DemoAws | undefined> {
  if (strategy === 'dms') return (await import('./demo-aws.ts')).startDemoDms(server, dmsMode);
  if (strategy !== 'glue') return undefined;
  if (spark === undefined) throw new Error('The strategy glue runs on Spark, and none was given.');
  return (await import('./demo-glue.ts')).startDemoGlue(server, spark);
}

async function startBrokers({ strategy, kafka, print }: DemoOptions): Promise<DemoKafka | undefined> {
  if (kafka === undefined) return undefined;
  return strategy === 'replay' ? startDemoReplay(kafka, print) : startDemoKafka(kafka, print);
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
