/**
 * Runs one throw-away Kafka broker, as supervisor.ts has it. Started by kafka-server.ts only. The commands are "restart",
 * "crash" and "start".
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { supervise, type Program, type Supervision } from '../supervisor.ts';
import { javaArguments } from './java-arguments.ts';
import type { KafkaOrders } from './kafka-server.ts';

const HEAP_MEGABYTES = 384;
const START_SECONDS = 60;
const ASK_AGAIN_MILLISECONDS = 50;

async function runBroker(supervision: Supervision<KafkaOrders>): Promise<void> {
  const { commands, done } = supervision;
  const clusterId = randomBytes(16).toString('base64url');
  await format(supervision, clusterId);
  let broker: Program | undefined = await start(supervision, clusterId);
  for (;;) {
    done();
    const command = await nextCommand(commands, broker);
    if (command === undefined) return;
    broker?.child.kill(command === 'crash' ? 'SIGKILL' : 'SIGTERM');
    await broker?.ended;
    broker = command === 'crash' ? undefined : await start(supervision, clusterId);
  }
}

/** None when it is over: because nobody is left to command, or because a broker that was not made to crash has ended. */
async function nextCommand(commands: AsyncIterator<string>, broker?: Program): Promise<string | undefined> {
  const next = commands.next().then(({ done, value }) => (done === true ? undefined : value));
  return broker ? Promise.race([next, broker.ended.then(() => undefined)]) : next;
}

/** Writes the configuration, and what a broker wants to find in an empty directory. */
async function format(supervision: Supervision<KafkaOrders>, clusterId: string): Promise<void> {
  const { orders, directory } = supervision;
  const settings = { 'log.dirs': join(directory, 'data'), ...orders.settings };
  await writeFile(configurationOf(directory), asProperties(settings), { mode: 0o600 });
  const { ended, log } = launch(supervision, 'kafka.tools.StorageTool', [
    'format',
    `--cluster-id=${clusterId}`,
    `--config=${configurationOf(directory)}`,
  ]);
  const status = await ended;
  if (status !== 0) throw new Error(`its storage could not be formatted (${String(status)}): ${log()}`);
}

async function start(supervision: Supervision<KafkaOrders>, clusterId: string): Promise<Program> {
  const broker = launch(supervision, 'kafka.Kafka', [configurationOf(supervision.directory)]);
  let ended = false;
  void broker.ended.then(() => (ended = true));
  const until = Date.now() + START_SECONDS * 1_000;
  while (!(await isReady(supervision.orders.internalBrokers, clusterId))) {
    if (ended) throw new Error(`the broker ended (${String(await broker.ended)}): ${broker.log()}`);
    if (Date.now() > until) throw new Error(`no answer within ${START_SECONDS} s: ${broker.log()}`);
    await sleep(ASK_AGAIN_MILLISECONDS);
  }
  return broker;
}

/** An open port is not enough: the broker must know itself to be a member of its cluster, and be this one. */
async function isReady(bootstrap: string, clusterId: string): Promise<boolean> {
  const admin = new Admin({ clientId: 'initial-load-supervisor', bootstrapBrokers: [bootstrap], retries: 0 });
  try {
    const { id, brokers } = await admin.metadata({ topics: [] });
    return id === clusterId && brokers.size > 0;
  } catch {
    return false;
  } finally {
    await admin.close();
  }
}

function launch({ orders, directory, ...supervision }: Supervision<KafkaOrders>, tool: string, args: string[]) {
  const { java, jars } = orders.installation;
  return supervision.launch(java, [
    ...javaArguments({ jars, heapMegabytes: HEAP_MEGABYTES, temporary: directory }),
    tool,
    ...args,
  ]);
}

function configurationOf(directory: string): string {
  return join(directory, 'server.properties');
}

/** Java reads such a file as Latin-1, and a backslash as the beginning of something else. */
function asProperties(settings: Record<string, string>): string {
  const escaped = (text: string) =>
    text.replaceAll(/[^ -~]|\\/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('');
}

// Nothing is flushed and nobody told: the data is about to be deleted.
await supervise<KafkaOrders>({ name: 'kafka', lastSignal: 'SIGKILL' }, runBroker);
process.exit(0);
