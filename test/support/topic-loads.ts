import { dataPlane } from '../../src/load/data-plane.ts';
import { parseRequest } from '../../src/request/parse.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import type { Load } from '../../src/services.ts';
import { loadedTopicsDocument } from '../../src/store/documents.ts';
import { topicsOf } from '../../src/target/topics/names.ts';
import type { TestKafka } from './kafka.ts';
import { throughGlue } from './glue-stage.ts';
import type { LoadStage } from './loads.ts';

const GROUP = 'mailer';

/** The stage's loads find the broker behind `topics.brokers`. */
export function withKafka(stage: LoadStage, { server }: TestKafka): LoadStage {
  Object.assign(stage.services, {
    resolveBrokers: async () => ({ brokers: [server.brokers], security: { kind: 'plaintext' } }),
  });
  return stage;
}

/** A request through Glue for topics that are removed when the group `mailer` has read them. */
export function topicsRequest(tables: unknown[], more: Record<string, unknown> = {}): LoadRequest {
  const { source, ...rest } = more;
  return parseRequest({
    dataset: 'test',
    consumer: 'mailer',
    strategy: 'glue',
    source: { engine: 'postgres', ...throughGlue.source, tables, ...(source as object) },
    topics: { brokers: 'env:KAFKA', tables: {}, consumerGroup: GROUP },
    ...rest,
  });
}

/** By table, each message as its consumer sees it; the sentinels apart. */
export async function messagesOf(load: Load, kafka: TestKafka): Promise<Map<string, [string | null, string | null][]>> {
  const found = new Map<string, [string | null, string | null][]>();
  for (const { table, name } of topicsOf(load)) {
    const messages = await kafka.consumeAll(name);
    const rows = messages.filter(({ headers }) => headers.some(([, value]) => value === `${load.loadId} row`));
    found.set(
      table,
      rows.map(({ key, value }) => [key, value]),
    );
  }
  return found;
}

export function findLag(load: Load): Promise<string[]> {
  return dataPlane.glue!.findLag!(load);
}

/** The consumer's group commits that it has read every partition up to its end. */
export async function readEverything(load: Load, { admin }: TestKafka): Promise<void> {
  const topics = (await load.documents.need(loadedTopicsDocument)).map(({ topic, partitions }) => ({
    name: topic,
    partitionOffsets: partitions.map(({ sentinel }, partition) => ({ partition, offset: BigInt(sentinel + 1) })),
  }));
  await admin.alterConsumerGroupOffsets({ groupId: GROUP, topics });
}

/** Topics and groups of the load's that the broker has, and objects with rows in the store. */
export async function leftOf(load: Load, { admin }: TestKafka): Promise<string[]> {
  const topics = (await admin.listTopics()).filter((name) => name.includes(load.loadId));
  const groups = [...(await admin.listGroups()).keys()].filter((name) => name.startsWith('il-'));
  return [...topics, ...groups, ...(await load.documents.list('glue/rows/'))];
}
