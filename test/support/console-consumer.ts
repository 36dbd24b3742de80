import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { FetchIsolationLevels, ListOffsetTimestamps, type Admin } from '@platformatic/kafka';
import type { KafkaInstallation } from '../../local/kafka/find-kafka.ts';
import { javaArguments } from '../../local/kafka/java-arguments.ts';
import type { KafkaServer } from '../../local/kafka/kafka-server.ts';

export interface ConsumedMessage {
  partition: number;
  offset: number;
  timestampMilliseconds: number;
  /** Text: what isn't UTF-8 fails. */
  key: string | null;
  value: string | null;
  /** In their order; a name may come twice, and holds no colon. */
  headers: [name: string, value: string | null][];
}
interface Broker {
  installation: KafkaInstallation;
  server: KafkaServer;
  admin: Admin;
}

const CONSUMER = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
/** Prints what is printable in ASCII, and anything else, a backslash too, as \xNN. So what follows here is never a part of it. */
const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
/** Printed through the same deserializer, so it could be anybody's value: but for being made up anew by each run. */
const NULL = `null-${randomBytes(16).toString('hex')}`;
const HEADER_SEPARATOR = '\x1f';
const NO_HEADERS = 'NO_HEADERS';
const FORMAT = {
  'print.timestamp': 'true',
  'print.partition': 'true',
  'print.offset': 'true',
  'print.headers': 'true',
  'print.key': 'true',
  'key.separator': '\t',
  'headers.separator': HEADER_SEPARATOR,
  'null.literal': NULL,
  'key.deserializer': BYTES,
  'value.deserializer': BYTES,
  'headers.deserializer': BYTES,
};
const QUIET_SECONDS = [1, 2, 4, 8, 16];

/**
 * The consumer ends when nothing has come for a while, which on a busy machine proves nothing: it has read everything when
 * its group's positions are where the partitions end. It doesn't say which of several topics a message is from.
 */
export async function consumeAll(broker: Broker, ...topics: string[]): Promise<ConsumedMessage[]> {
  const all = await Promise.all(topics.map(async (topic) => ({ topic, ends: await endsOf(broker.admin, topic) })));
  const included = topics.map((topic) => topic.replaceAll('.', String.raw`\.`)).join('|');
  for (const seconds of QUIET_SECONDS) {
    const group = `console-${randomBytes(6).toString('hex')}`;
    const printed = await runConsumer(broker, ['--include', included, '--group', group], seconds);
    const read = await Promise.all(all.map((each) => hasReadUpTo(broker.admin, { group, ...each })));
    if (read.every(Boolean)) {
      const messages = printed.split('\n').slice(0, -1).map(parse);
      return messages.sort((one, other) => one.partition - other.partition || one.offset - other.offset);
    }
  }
  throw new Error(`Kafka's console consumer did not come to the end of ${topics.join(', ')}.`);
}

async function runConsumer({ installation, server }: Broker, args: string[], quietSeconds: number): Promise<string> {
  const { java, jars } = installation;
  const how = ['--from-beginning', '--isolation-level', 'read_committed', '--timeout-ms', String(quietSeconds * 1_000)];
  const format = Object.entries(FORMAT).flatMap(([name, value]) => ['--formatter-property', `${name}=${value}`]);
  const command = [
    ...javaArguments({ jars, heapMegabytes: 256, temporary: server.directory }),
    CONSUMER,
    '--bootstrap-server',
    server.internalBrokers,
    ...how,
    ...format,
    ...args,
  ];
  const { stdout } = await promisify(execFile)(java, command, { maxBuffer: 512 * 1024 ** 2 });
  return stdout;
}

/** By partition; of a transaction that is still open, its first message. */
export async function endsOf(admin: Admin, topic: string): Promise<bigint[]> {
  const metadata = await admin.metadata({ topics: [topic], forceUpdate: true });
  const count = metadata.topics.get(topic)!.partitionsCount;
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
    partitionIndex,
    timestamp: ListOffsetTimestamps.LATEST,
  }));
  const [listed] = await admin.listOffsets({
    topics: [{ name: topic, partitions }],
    isolationLevel: FetchIsolationLevels.READ_COMMITTED,
  });
  const ends: bigint[] = [];
  for (const { partitionIndex, offset } of listed!.partitions) ends[partitionIndex] = offset;
  return ends;
}

async function hasReadUpTo(
  admin: Admin,
  { group, topic, ends }: { group: string; topic: string; ends: bigint[] },
): Promise<boolean> {
  const partitionIndexes = [...ends.keys()];
  const [of] = await admin.listConsumerGroupOffsets({
    groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }],
  });
  const partitions = of?.topics[0]?.partitions ?? [];
  const isRead = ({ partitionIndex, committedOffset }: (typeof partitions)[number]) =>
    committedOffset >= ends[partitionIndex]!;
  return partitions.length === ends.length && partitions.every(isRead);
}

function parse(line: string): ConsumedMessage {
  const [timestamp, partition, offset, headers, key, value] = line.split('\t') as [string, ...string[]];
  const numberOf = (field: string | undefined) => Number(field!.slice(field!.indexOf(':') + 1));
  return {
    partition: numberOf(partition),
    offset: numberOf(offset),
    timestampMilliseconds: numberOf(timestamp),
    key: textOf(key!),
    value: textOf(value!),
    headers: headers === NO_HEADERS ? [] : headers!.split(HEADER_SEPARATOR).map(parseHeader),
  };
}

function parseHeader(header: string): [string, string | null] {
  const colon = header.indexOf(':');
  return [header.slice(0, colon), textOf(header.slice(colon + 1))];
}

function textOf(printed: string): string | null {
  if (printed === NULL) return null;
  const bytes = Buffer.from(
    printed.replaceAll(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}
