import { Admin } from '@platformatic/kafka';
import type { Notification } from '../src/model.ts';
import { BROKERS, type DemoKafka } from './demo-kafka.ts';
import type { KafkaInstallation } from './kafka/find-kafka.ts';
import { startKafka } from './kafka/kafka-server.ts';
import { readReplayedTopics } from './kafka/mailer.ts';

const GROUP = 'mailer';
const PARTITIONS = 3;
const TABLES = ['departments', 'employees', 'department_employees', 'salaries', 'titles'];
/** More than a replay does by itself: nobody else follows these topics. */
const RECORDS_PER_SECOND = 50_000;

/** Brokers with live topics of the sample data, which nobody has published to yet. @param kafka as for startDemoKafka */
export async function startDemoReplay(
  kafka: string | KafkaInstallation,
  print: (line: string) => void,
): Promise<DemoKafka> {
  const server = typeof kafka === 'string' ? undefined : await startKafka({ installation: kafka });
  const brokers = typeof kafka === 'string' ? kafka : (server?.brokers ?? '');
  const admin = new Admin({ clientId: 'demo', bootstrapBrokers: brokers.split(',') });
  const tables = Object.fromEntries(TABLES.map((table) => [`hr.${table}`, `initial-load-demo.hr.${table}`]));
  const topics = Object.values(tables);
  await admin.createTopics({ topics, partitions: PARTITIONS, replicas: 1 });
  let reading = Promise.resolve();
  return {
    brokers,
    request: {
      target: undefined,
      acceptReplay: true,
      topics: { brokers: `env:${BROKERS}`, tables, consumerGroup: GROUP },
      limits: { maxRecordsPerSecond: RECORDS_PER_SECOND },
    },
    read(notification) {
      reading = readReplayedTopics(notification as Notification, { brokers, group: GROUP }).then(
        (rows) => print(`The mailer has read ${rows.toLocaleString('en-US')} rows from the live topics`),
        (error: unknown) => print(`The mailer could not read the live topics: ${(error as Error).message}`),
      );
      return reading;
    },
    async stop() {
      await reading;
      // They are the demo's own. A load leaves live topics as they are.
      await admin.deleteTopics({ topics });
      await admin.close();
      await server?.stop();
    },
  };
}
