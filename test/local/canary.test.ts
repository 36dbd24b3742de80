import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWebhookReceiver, type WebhookReceiver } from '../../local/webhook-receiver.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { Gate, gateOn } from './gate.ts';
import { start, type Ended, type Started } from './processes.ts';

/** With signs that must be percent-encoded in a URL, so that both forms are looked for. */
const CANARIES = { source: 'canary/S:7f@1', target: 'canary/T:9c@2', webhook: 'canary-webhook-5d3' };
const FORMS = Object.values(CANARIES).flatMap((canary) => [canary, encodeURIComponent(canary)]);
const TABLE = 'create schema hr; create table hr.items (id int primary key, label text)';
const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let urls: { source: string; target: string };
let receiver: WebhookReceiver;
let refusing: Server;
let directory: string;

beforeAll(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  urls = { source: await loginFor(source, CANARIES.source), target: await loginFor(target, CANARIES.target) };
  await source.query('insert into hr.items select n, n::text from generate_series(1, 500) n');
  await target.query(gateOn('hr.items', 'true'));
  receiver = await startWebhookReceiver(CANARIES.webhook, () => new Date());
  // Answers everybody that it will not.
  refusing = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  await once(refusing, 'listening');
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'canary-'));
  receiver.received.length = 0;
});
afterEach(async () => {
  await target.query('truncate hr.items');
  await rm(directory, { recursive: true });
});
afterAll(async () => {
  refusing.close();
  await receiver.close();
  await databases.dropAll();
});

/** The database's table in the hands of a role whose password is the canary. */
async function loginFor(database: TestDatabase, canary: string): Promise<string> {
  const { user } = await databases.createRole();
  await database.query(`alter role ${user} password '${canary}'; ${TABLE}; alter table hr.items owner to ${user};
    grant usage, create on schema hr to ${user}`);
  const { host, port } = database.address;
  return `postgres://${user}:${encodeURIComponent(canary)}@${host}:${port}/${database.name}`;
}

async function load(fields: { webhook?: string; source?: Record<string, unknown>; env?: Record<string, string> }) {
  const file = join(directory, 'request.json');
  const request = {
    dataset: 'items',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['hr.items'], ...fields.source },
    target: { engine: 'postgres', connection: 'env:TARGET_URL' },
    notify: [{ channel: 'webhook', url: fields.webhook ?? receiver.url, secret: 'env:WEBHOOK_SECRET' }],
  };
  await writeFile(file, JSON.stringify(request));
  const words = ['run', file, '--local', '--store', join(directory, 'store'), '--load-id', 'canary'];
  const secrets = { SOURCE_URL: urls.source, TARGET_URL: urls.target, WEBHOOK_SECRET: CANARIES.webhook };
  return start(words, { ...secrets, TMPDIR: directory, NODE_DEBUG: '', ...fields.env });
}

/** Lets the load go on when everybody's look at it in the middle is taken. */
async function loadWatched(fields: Parameters<typeof load>[0]): Promise<{ ended: Ended; seen: string }> {
  const gate = await Gate.close(target.url);
  const started = await load(fields);
  await gate.reachedBy(started);
  const seen = await lookAt(started);
  await gate.open();
  return { ended: await started.ended, seen };
}

/** What other users of the machine and of the databases see of a load that runs. */
async function lookAt({ child }: Started): Promise<string> {
  const sessions = [
    ...(await source.query('select application_name, query from pg_stat_activity')),
    ...(await target.query('select application_name, query from pg_stat_activity')),
  ].filter((session) => String(session['application_name']).startsWith('il '));
  expect(sessions.length).toBeGreaterThan(2);
  return JSON.stringify([sessions, await commandLines(child.pid!)]);
}

async function commandLines(pid: number): Promise<string[]> {
  const own = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const theirs = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => commandLines(Number(child))),
  );
  return [own, ...theirs.flat()];
}

async function written(): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

async function expectNoCanary({ stdout, stderr }: Ended, seen = ''): Promise<void> {
  const everything = [stdout, stderr, seen, await written(), JSON.stringify(receiver.received)].join('\n');
  expect(everything.length).toBeGreaterThan(500);
  expect(FORMS.filter((form) => everything.includes(form))).toEqual([]);
}

describe('no credential is written anywhere', () => {
  test('by a load that succeeds', async () => {
    const { ended, seen } = await loadWatched({});
    expect(ended.status).toBe(0);
    expect(receiver.received).toMatchObject([{ notification: { type: 'InitialLoadSucceeded' } }]);
    await expectNoCanary(ended, seen);
  });

  test('by a load that fails in the middle', async () => {
    await target.query(`alter table hr.items add constraint short check (length(label) < 3)`);
    const { ended, seen } = await loadWatched({});
    await target.query('alter table hr.items drop constraint short');
    expect(ended.status).toBe(1);
    expect(receiver.received).toMatchObject([{ notification: { type: 'InitialLoadFailed' } }]);
    await expectNoCanary(ended, seen);
  });

  test('by a load whose consumer cannot be told', async () => {
    const { ended, seen } = await loadWatched({
      webhook: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/`,
    });
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/webhook +failed +127\.0\.0\.1:\d+ answered 404/);
    await expectNoCanary(ended, seen);
  });

  test.each<[string, Parameters<typeof load>[0]]>([
    ['a password that is wrong', { env: { SOURCE_URL: '' } }],
    ['a URL that is not percent-encoded', { env: { SOURCE_URL: 'postgres://user:canary/S:7f@1@127.0.0.1:5432/db' } }],
    ['a URL with a port that is none', { env: { SOURCE_URL: 'postgres://user:x@127.0.0.1:canary-webhook-5d3/db' } }],
    ['a credential in the place of a reference', { source: { connection: 'postgres://user:canary-webhook-5d3@h/db' } }],
    ['a credential in a field that there is not', { source: { password: 'canary-webhook-5d3' } }],
  ])('by a load that is refused for %s', async (_what, fields) => {
    const wrong = urls.source.replace(/\/\/[^:]+:/, '//nobody:');
    const started = await load({
      ...fields,
      env: { ...fields.env, ...(fields.env?.['SOURCE_URL'] === '' && { SOURCE_URL: wrong }) },
    });
    const ended = await started.ended;
    expect(ended.status).toBe(2);
    await rm(join(directory, 'request.json'));
    const everything = ended.stdout + ended.stderr + (await written()) + JSON.stringify(receiver.received);
    expect(everything).toMatch(/\n?initial-load: source/);
    expect(FORMS.filter((form) => everything.includes(form))).toEqual([]);
  });
});
