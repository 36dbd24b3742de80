import type { Spark } from '../local/aws/glue/find-spark.ts';
import type { DemoWorld } from '../local/demo.ts';
import type { KafkaInstallation } from '../local/kafka/find-kafka.ts';
import { environmentVariable } from '../src/config.ts';
import { RequestError } from '../src/errors.ts';
import { LoadDocuments, planDocument } from '../src/store/documents.ts';
import { answerEnd } from './answer-end.ts';
import { compactJson } from './compact-json.ts';
import { exitStatusOf, type ExitStatus } from './exit-status.ts';
import { formatSeconds } from './figures.ts';
import { describePlan } from './plan-text.ts';
import { describeTables, describeTearDown, section } from './result-text.ts';
import { followHere } from './run-here.ts';
import { answer, say, type Terminal } from './terminal.ts';

export interface DemoOptions {
  strategy: string;
  dmsMode?: 'instance' | 'serverless';
  json?: boolean;
}

/** One load from begin to end on this machine, between two databases that exist for its time only. */
export async function demo(options: DemoOptions, terminal: Terminal): Promise<ExitStatus> {
  if (options.dmsMode !== undefined && options.strategy !== 'dms') {
    throw new RequestError({
      field: '--dms-mode',
      value: options.dmsMode,
      wrong: `it says nothing to the strategy ${options.strategy}`,
      advice: 'Give --strategy dms too, or leave it out',
    });
  }
  const spark = options.strategy === 'glue' ? await needSpark() : undefined;
  const kafka = ['kafka-topic', 'replay'].includes(options.strategy) ? await needKafka(options.strategy) : undefined;
  const { startDemo } = await import('../local/demo.ts');
  say(terminal, describeStart(spark, kafka));
  const begunAt = terminal.now();
  const world = await startDemo({
    ...options,
    ...(spark && { spark }),
    ...(kafka !== undefined && { kafka }),
    now: terminal.now,
    print: (line) => say(terminal, line),
  });
  try {
    say(terminal, `  ready after ${formatSeconds((terminal.now().getTime() - begunAt.getTime()) / 1_000)}`);
    return await load(world, options, terminal);
  } finally {
    await world.stop();
  }
}

/** @throws RequestError saying what to install */
async function needSpark(): Promise<Spark> {
  const { findSpark } = await import('../local/aws/glue/find-spark.ts');
  const spark = await findSpark();
  if (!('missing' in spark)) return spark;
  const wrong = 'it runs Spark on this machine, where parts of it are missing';
  throw new RequestError({ field: '--strategy', value: 'glue', wrong, advice: spark.missing });
}

/** @throws RequestError saying what to install */
async function needKafka(strategy: string): Promise<string | KafkaInstallation> {
  const brokers = environmentVariable('KAFKA_BROKERS');
  if (brokers) return brokers;
  const { findKafka } = await import('../local/kafka/find-kafka.ts');
  const kafka = await findKafka();
  if (!('missing' in kafka)) return kafka;
  const wrong = 'it needs a Kafka broker: KAFKA_BROKERS names none, and on this machine parts of one are missing';
  const advice = `${kafka.missing}, or docker run -p 9092:9092 apache/kafka and export KAFKA_BROKERS=localhost:9092`;
  throw new RequestError({ field: '--strategy', value: strategy, wrong, advice });
}

function describeStart(spark: Spark | undefined, kafka: string | KafkaInstallation | undefined): string {
  const hr = 'Starting PostgreSQL with the database';
  if (typeof kafka === 'string') return `${hr} hr (sample data); Kafka is at KAFKA_BROKERS, ${kafka}`;
  if (kafka) return `${hr} hr (sample data), and a Kafka broker`;
  return `${hr}s hr (sample data) and mailer (${spark ? 'tables of its own' : 'the same tables'}, empty)`;
}

async function load(world: DemoWorld, { strategy, json }: DemoOptions, terminal: Terminal): Promise<ExitStatus> {
  const { loadId, request, services, pace } = world;
  if (pace !== undefined) {
    say(terminal, `AWS is a stand-in on this machine, which takes as long as AWS does: a second here is ${pace} there`);
    if (strategy === 'glue') say(terminal, 'Spark is real: the job that is deployed runs in processes of its own');
  }
  const end = await followHere({ loadId, request, ...(pace !== undefined && { pace }) }, services, terminal);
  if (end.known !== 'result' || end.result.status === 'FAILED') return answerEnd(terminal, json, loadId, end);
  const { result } = end;
  const plan = await new LoadDocuments(services.store, loadId).need(planDocument);
  const seconds = (Date.parse(result.finishedAt) - Date.parse(result.startedAt)) / 1_000;
  answer(terminal, json, result, () => [
    ...section('The plan, and why', describePlan(plan)),
    ...section(`What was loaded, counted on both sides, in ${formatSeconds(seconds)}`, describeTables(result.tables)),
    ...describeNotification(world),
    ...describeTearDown(result),
    ...section('How to go on', HOW_TO_GO_ON),
  ]);
  return exitStatusOf(result);
}

function describeNotification({ received }: DemoWorld): string[] {
  return received.flatMap(({ notification, signature }) =>
    section('What the mailer was told, by webhook', [
      `initial-load-signature: ${signature} (verified by the receiver)`,
      ...compactJson(notification),
    ]),
  );
}

const HOW_TO_GO_ON = [
  'Copy examples/postgres-to-postgres.json to request.json, name your own databases and tables in it, then',
  '',
  '  export SOURCE_URL=postgres://user:password@host:5432/database',
  '  export TARGET_URL=postgres://user:password@host:5432/database',
  '  npx initial-load plan request.json --local     the decision; touches nothing',
  '  npx initial-load run request.json --local      the load, from this machine',
  '',
  'README.md says how to deploy the same to AWS and to start it there.',
];
