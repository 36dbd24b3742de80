/** Runs Kafka Connect with one connector, as supervisor.ts has it. Started by debezium.ts only. The commands are "kill" and "start". */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { javaArguments } from '../../local/kafka/java-arguments.ts';
import { supervise, type Program, type Supervision } from '../../local/supervisor.ts';
import { areAll, type DebeziumOrders } from './debezium.ts';

const HEAP_MEGABYTES = 256;
const MEASURED_HEAP_MEGABYTES = 1_024;
const START_SECONDS = 120;

async function runConnect(supervision: Supervision<DebeziumOrders>): Promise<void> {
  const { commands, directory, done, orders } = supervision;
  const worker = { 'offset.storage.file.filename': join(directory, 'offsets'), ...orders.worker };
  const lines = Object.entries(worker).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(directory, 'worker.properties'), lines.join(''));
  await writeFile(join(directory, 'connector.json'), JSON.stringify(orders.connector), { mode: 0o600 });
  let connect: Program | undefined = await start(supervision);
  for (;;) {
    done();
    const { done: over, value: command } = await commands.next();
    if (over === true) return;
    if (command === 'kill') connect?.child.kill('SIGKILL');
    await connect?.ended;
    connect = command === 'start' ? await start(supervision) : undefined;
  }
}

async function start({ orders, directory, launch }: Supervision<DebeziumOrders>): Promise<Program> {
  const connect = launch(orders.installation.java, [
    ...javaArguments({
      jars: orders.installation.jars,
      heapMegabytes: orders.isMeasured ? MEASURED_HEAP_MEGABYTES : HEAP_MEGABYTES,
      temporary: directory,
      isMeasured: orders.isMeasured,
    }),
    'org.apache.kafka.connect.cli.ConnectStandalone',
    join(directory, 'worker.properties'),
    join(directory, 'connector.json'),
  ]);
  let ended = false;
  void connect.ended.then(() => (ended = true));
  const until = Date.now() + START_SECONDS * 1_000;
  while (!(await isRunning(orders.rest))) {
    if (ended) throw new Error(`Connect ended (${String(await connect.ended)}): ${connect.log()}`);
    if (Date.now() > until) throw new Error(`no answer within ${START_SECONDS} s: ${connect.log()}`);
    await delay(100);
  }
  return connect;
}

/** Nobody answers while it starts. */
async function isRunning(rest: string): Promise<boolean> {
  return areAll(rest, 'RUNNING').catch((error: unknown) => {
    if (error instanceof TypeError) return false;
    throw error;
  });
}

await supervise<DebeziumOrders>({ name: 'debezium', lastSignal: 'SIGKILL' }, runConnect);
process.exit(0);
