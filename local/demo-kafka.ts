import type { Notification } from '../src/model.ts';
import type { KafkaInstallation } from './kafka/find-kafka.ts';
import { startKafka } from './kafka/kafka-server.ts';
import { readLoadedTopics } from './kafka/mailer.ts';

/** Brokers for the demo, and the mailer that reads from them. */
export interface DemoKafka {
  brokers: string;
  /** What the request says differently. */
  request: object;
  /** What the mailer does once it is told that its topics are there. */
  read(notification: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** What `env:` refers to. */
export const BROKERS = 'DEMO_KAFKA_BROKERS';
const GROUP = 'mailer';
const PARTITIONS = 3;

/** @param kafka brokers that are there, `host:port,…`, or what one of the demo's own is started from */
export async function startDemoKafka(
  kafka: string | KafkaInstallation,
  print: (line: string) => void,
): Promise<DemoKafka> {
  const server = typeof kafka === 'string' ? undefined : await startKafka({ installation: kafka });
  const brokers = typeof kafka === 'string' ? kafka : (server?.brokers ?? '');
  let reading = Promise.resolve();
  return {
    brokers,
    request: {
      target: undefined,
      topics: { brokers: `env:${BROKERS}`, tables: {}, consumerGroup: GROUP },
      kafka: { partitions: PARTITIONS },
    },
    read(notification) {
      reading = readLoadedTopics(notification as Notification, { brokers, group: GROUP }).then(
        (rows) => print(`The mailer has read ${rows.toLocaleString('en-US')} rows from its topics`),
        (error: unknown) => print(`The mailer could not read its topics: ${(error as Error).message}`),
      );
      return reading;
    },
    async stop() {
      await reading;
      await server?.stop();
    },
  };
}
