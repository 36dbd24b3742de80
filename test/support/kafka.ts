import { randomBytes } from 'node:crypto';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { findKafka } from '../../local/kafka/find-kafka.ts';
import { startKafka, type KafkaServer } from '../../local/kafka/kafka-server.ts';
import { consumeAll, endsOf, type ConsumedMessage } from './console-consumer.ts';

/** A broker that belongs to one test file. */
export interface TestKafka {
  server: KafkaServer;
  /** May do everything. */
  admin: Admin;
  /** A new topic. Answers its name. */
  createTopic(options?: { partitions?: number; configs?: Record<string, string> }): Promise<string>;
  /**
   * Every message that a reader of committed transactions sees, by partition and offset: in the eyes of Kafka's own client.
   * Of several topics at once, which is quicker, it isn't told which one a message is from.
   */
  consumeAll(...topics: string[]): Promise<ConsumedMessage[]>;
  /** Somebody's message, without a key, in no transaction. */
  produce(topic: string, value: string, headers?: Record<string, string>): Promise<void>;
  /** Where each partition ends, for a reader of committed transactions. */
  endsOf(topic: string): Promise<bigint[]>;
  /** Call it in afterAll. */
  close(): Promise<void>;
}

/** @param options.settings server.properties over the defaults, as for startKafka */
export async function openTestKafka(options: { settings?: Record<string, string> } = {}): Promise<TestKafka> {
  const installation = await findKafka();
  if ('missing' in installation) throw new Error(installation.missing);
  const server = await startKafka({ installation, ...options });
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [server.internalBrokers] });
  return {
    server,
    admin,
    async createTopic({ partitions = 1, configs = {} } = {}) {
      const topic = `test-${randomBytes(6).toString('hex')}`;
      const named = Object.entries(configs).map(([name, value]) => ({ name, value }));
      await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: named });
      return topic;
    },
    consumeAll: (...topics) => consumeAll({ installation, server, admin }, ...topics),
    async produce(topic, value, headers = {}) {
      const producer = new Producer({
        clientId: 'somebody',
        bootstrapBrokers: [server.internalBrokers],
        serializers: stringSerializers,
      });
      await producer.send({ messages: [{ topic, value, headers }], acks: -1 });
      await producer.close();
    },
    endsOf: (topic) => endsOf(admin, topic),
    async close() {
      await admin.close();
      await server.stop();
    },
  };
}
