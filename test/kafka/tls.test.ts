import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { findKafka } from '../../local/kafka/find-kafka.ts';
import { RequestError } from '../../src/errors.ts';
import type { KafkaAddress } from '../../src/kafka/kafka-address.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { createUsers, WITH_USERS } from '../support/kafka-users.ts';
import { expectOnBrokers } from '../support/loaded-topics.ts';
import { loadAll, plannedLoad, requestOf, setLoadStage } from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

jest.setTimeout(180_000);

const PASSWORD = 'hunter2';
const databases = openTestDatabases();
let source: TestDatabase;
let directory: string;
/** Of the broker, which vouches for itself. */
let ca: string;
beforeAll(async () => {
  source = await databases.createDatabase();
  await source.query(`create schema hr; create table hr.employees (id int primary key);
    insert into hr.employees select generate_series(1, 500); analyze`);
  directory = await mkdtemp(join(tmpdir(), 'kafka-tls-'));
  await chmod(directory, 0o755);
  const identity = ['-dname', 'CN=broker', '-ext', 'SAN=ip:127.0.0.1', '-validity', '2', '-keyalg', 'RSA'];
  await keytool('-genkeypair', '-storetype', 'PKCS12', ...identity);
  ca = await keytool('-exportcert', '-rfc');
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await databases.dropAll();
});

function keystore(): string {
  return join(directory, 'broker.p12');
}

async function keytool(...args: string[]): Promise<string> {
  const kafka = await findKafka();
  if ('missing' in kafka) throw new Error(kafka.missing);
  const named = ['-alias', 'broker', '-keystore', keystore(), '-storepass', PASSWORD];
  const { stdout } = await promisify(execFile)(join(dirname(kafka.java), 'keytool'), [...args, ...named]);
  return stdout;
}

/** A broker whose clients speak TLS. @param protocol SSL, or SASL_SSL with a login */
function openTlsKafka(protocol: 'SSL' | 'SASL_SSL', settings: Record<string, string> = {}): Promise<TestKafka> {
  return openTestKafka({
    settings: {
      ...settings,
      'listener.security.protocol.map': `CLIENT:${protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
      'listener.name.client.ssl.keystore.type': 'PKCS12',
      'listener.name.client.ssl.keystore.location': keystore(),
      'listener.name.client.ssl.keystore.password': PASSWORD,
    },
  });
}

async function load(kafka: TestKafka, loadId: string, security: KafkaAddress['security']): Promise<boolean> {
  const brokers = { brokers: [kafka.server.brokers], security };
  const stage = await setLoadStage(source.address, source.address, { brokers });
  const topics = { brokers: 'env:BROKERS', tables: {}, consumerGroup: 'mailer' };
  const request = requestOf(['hr.employees'], { target: null, strategy: 'kafka-topic', topics });
  try {
    return await loadAll(await plannedLoad(stage.services, request, loadId));
  } finally {
    await stage.remove();
  }
}

test('a load speaks TLS with brokers that a given certificate vouches for, and with no others', async () => {
  const kafka = await openTlsKafka('SSL');
  expect(await load(kafka, 'trusted', { kind: 'tls', ca })).toBe(true);
  for (const security of [{ kind: 'tls' }, { kind: 'plaintext' }] as const) {
    const refused = await load(kafka, `refused-${security.kind}`, security).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RequestError);
    expect((refused as RequestError).field).toBe('topics.brokers');
  }
  await expectOnBrokers(kafka, []);
  await kafka.close();
});

test('a login by SCRAM goes over TLS too', async () => {
  const kafka = await openTlsKafka('SASL_SSL', { ...WITH_USERS, 'super.users': 'User:ANONYMOUS;User:loader' });
  await createUsers(kafka.admin, { loader: PASSWORD });
  const login = { kind: 'scram', mechanism: 'SCRAM-SHA-512', username: 'loader', password: PASSWORD } as const;
  expect(await load(kafka, 'login', { ...login, tls: true, ca })).toBe(true);
  await expectOnBrokers(kafka, []);
  await kafka.close();
});
