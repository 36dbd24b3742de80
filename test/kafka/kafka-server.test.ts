import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AclOperations,
  AclPermissionTypes,
  Producer,
  ResourcePatternTypes,
  ResourceTypes,
  stringSerializers,
  type Acl,
  type BaseOptions,
} from '@platformatic/kafka';
import { findKafka, type KafkaInstallation } from '../../local/kafka/find-kafka.ts';
import { startKafka } from '../../local/kafka/kafka-server.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { commandLinesNaming, startInAnotherProcess, untilGone } from '../support/other-process.ts';

/** JVMs start as slowly as the machine has other things to do. */
const TEST_MILLISECONDS = 180_000;

let kafka: TestKafka;
beforeAll(async () => {
  kafka = await openTestKafka();
}, TEST_MILLISECONDS);
afterAll(() => kafka.close());

/** Sends texts, as a client that keeps to the listener CLIENT. */
async function produce(
  brokers: string,
  messages: { topic: string; key?: string; value?: string; headers?: Record<string, string>; partition?: number }[],
  login?: BaseOptions['sasl'],
): Promise<void> {
  const producer = new Producer({
    clientId: 'test',
    bootstrapBrokers: [brokers],
    serializers: stringSerializers,
    retries: 0,
    ...(login && { sasl: login }),
  });
  try {
    await producer.send({ messages, acks: -1 });
  } finally {
    await producer.close();
  }
}

/** All that the client's error and its causes say. */
async function refusalOf(attempt: Promise<void>): Promise<string> {
  const told = (error: unknown): string =>
    error instanceof Error
      ? [error.message, ...((error as AggregateError).errors ?? []).map(told), told(error.cause)].join(' / ')
      : '';
  return attempt.then(() => 'not refused', told);
}

function writing(topic: string, principal: string): Acl {
  return {
    resourceType: ResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal,
    host: '*',
    operation: AclOperations.WRITE,
    permissionType: AclPermissionTypes.ALLOW,
  };
}

async function installed(): Promise<KafkaInstallation> {
  const installation = await findKafka();
  if ('missing' in installation) throw new Error(installation.missing);
  return installation;
}

function startInAnotherProgram(installation: KafkaInstallation, afterwards: string) {
  const server = new URL('../../local/kafka/kafka-server.ts', import.meta.url).href;
  return startInAnotherProcess<{ directory: string }>(`
    import { startKafka } from ${JSON.stringify(server)};
    const { directory } = await startKafka({ installation: ${JSON.stringify(installation)} });
    console.log(JSON.stringify({ directory }));
    ${afterwards}`);
}

test(
  'what is produced is consumed, value for value, whatever stands in it',
  async () => {
    const topic = await kafka.createTopic({ partitions: 2 });
    const awkward = 'tab\t, newline\n, \\x41, \\N, "Größe" ✓ 🐘';
    // One partition at a time: of a topic that is only just made one may be known later, and then the client sends both again.
    await produce(kafka.server.brokers, [
      { topic, partition: 1, key: awkward, value: awkward, headers: { Größe: awkward, 'trace-id': '1,2:3' } },
    ]);
    await produce(kafka.server.brokers, [
      { topic, partition: 0, key: 'deleted' },
      { topic, partition: 0, key: '', value: '' },
      { topic, partition: 0, value: 'without a key' },
    ]);
    const consumed = await kafka.consumeAll(topic);
    const timestampMilliseconds = expect.any(Number);
    expect(consumed).toEqual([
      { partition: 0, offset: 0, timestampMilliseconds, key: 'deleted', value: null, headers: [] },
      { partition: 0, offset: 1, timestampMilliseconds, key: '', value: '', headers: [] },
      { partition: 0, offset: 2, timestampMilliseconds, key: null, value: 'without a key', headers: [] },
      {
        partition: 1,
        offset: 0,
        timestampMilliseconds,
        key: awkward,
        value: awkward,
        headers: [
          ['Größe', awkward],
          ['trace-id', '1,2:3'],
        ],
      },
    ]);
    const ages = consumed.map((message) => Date.now() - message.timestampMilliseconds);
    expect(ages.every((age) => age >= 0 && age < TEST_MILLISECONDS)).toBe(true);
  },
  TEST_MILLISECONDS,
);

test(
  'of transactions only what was committed is consumed',
  async () => {
    const topic = await kafka.createTopic();
    const producer = new Producer({
      clientId: 'test',
      bootstrapBrokers: [kafka.server.brokers],
      serializers: stringSerializers,
      idempotent: true,
      transactionalId: topic,
    });
    for (const end of ['commit', 'abort', 'commit'] as const) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic, key: end, value: end }] });
      await transaction[end]();
    }
    const open = await producer.beginTransaction();
    await open.send({ messages: [{ topic, key: 'open', value: 'open' }] });
    const consumed = await kafka.consumeAll(topic);
    expect(consumed.map(({ offset, value }) => [offset, value])).toEqual([
      [0, 'commit'],
      [4, 'commit'],
    ]);
    await open.abort();
    await producer.close();
  },
  TEST_MILLISECONDS,
);

test(
  'an empty topic has nothing, and one that nobody made is not made by writing to it',
  async () => {
    const topic = await kafka.createTopic({ partitions: 3, configs: { 'cleanup.policy': 'compact' } });
    expect(await kafka.consumeAll(topic)).toEqual([]);
    const unknown = produce(kafka.server.brokers, [{ topic: 'nobody-made-this', value: '' }]);
    expect(await refusalOf(unknown)).toContain('Unknown topic');
    expect(await kafka.admin.listTopics()).not.toContain('nobody-made-this');
  },
  TEST_MILLISECONDS,
);

test(
  'what was acknowledged survives a restart and a crash, and nobody answers in between',
  async () => {
    const { server } = kafka;
    const topic = await kafka.createTopic();
    await produce(server.brokers, [{ topic, value: 'before the restart' }]);
    await server.restart();
    await produce(server.brokers, [{ topic, value: 'before the crash' }]);
    await server.crash();
    expect(commandLinesNaming(server.directory)).toEqual([]);
    expect(await refusalOf(produce(server.brokers, [{ topic, value: 'too early' }]))).toContain('ECONNREFUSED');
    await server.start();
    await produce(server.brokers, [{ topic, value: 'after' }]);
    const values = (await kafka.consumeAll(topic)).map(({ value }) => value);
    expect(values).toEqual(['before the restart', 'before the crash', 'after']);
  },
  TEST_MILLISECONDS,
);

test(
  'settings can demand a login and rights, and the administrator needs neither',
  async () => {
    const { server, admin, createTopic, consumeAll, close } = await openTestKafka({
      settings: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.client.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_writer="Schlüssel\\\\" user_nobody="x";',
      },
    });
    try {
      const topic = await createTopic();
      await admin.createAcls({ creations: [writing(topic, 'User:writer')] });
      const attempt = (username: string, password: string, value: string) =>
        produce(server.brokers, [{ topic, value }], { mechanism: 'PLAIN', username, password });
      await attempt('writer', 'Schlüssel\\', 'written');
      expect(await refusalOf(attempt('nobody', 'x', 'without a right'))).toContain('Topic authorization failed');
      expect(await refusalOf(attempt('writer', 'y', 'not the password'))).toContain('SASL authentication failed');
      expect(await refusalOf(produce(server.brokers, [{ topic, value: 'no login' }]))).toContain('Connection closed');
      expect((await consumeAll(topic)).map(({ value }) => value)).toEqual(['written']);
    } finally {
      await close();
    }
    expect(existsSync(server.directory)).toBe(false);
    expect(commandLinesNaming(server.directory)).toEqual([]);
  },
  TEST_MILLISECONDS,
);

test(
  'a setting that Kafka refuses is reported in its words',
  async () => {
    const settings = { 'log.segment.bytes': 'plenty' };
    await expect(startKafka({ installation: await installed(), settings })).rejects.toThrow(
      /plenty.*log\.segment\.bytes/,
    );
  },
  TEST_MILLISECONDS,
);

test(
  'after kill -9 of the program that started it, and after one that forgot to stop it, nothing is left',
  async () => {
    const installation = await installed();
    const [killed, forgetful] = await Promise.all([
      startInAnotherProgram(installation, 'setInterval(() => {}, 1_000);'),
      startInAnotherProgram(installation, ''),
    ]);
    expect(commandLinesNaming(killed.answer.directory)).not.toEqual([]);
    killed.child.kill('SIGKILL');
    await untilGone(killed.answer.directory);
    await untilGone(forgetful.answer.directory);
  },
  TEST_MILLISECONDS,
);
