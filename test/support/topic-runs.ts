import { runLoad, type LoadEnd, type LocalRun } from '../../local/run-load.ts';
import type { Failure, LoadResult } from '../../src/model.ts';
import type { Services } from '../../src/services.ts';
import { LoadDocuments, loadedTopicsDocument } from '../../src/store/documents.ts';
import { openKafkaProxy, type Frame, type KafkaProxy, type Verdict } from './kafka-proxy.ts';
import type { TestKafka } from './kafka.ts';
import { readLoadedTopics, type LoadedTopic } from './loaded-topics.ts';
import { memoryServices } from './memory-services.ts';
import type { TestDatabase } from './postgres.ts';

export const ROWS = 2_000;
const LINES = 200;
export const SOURCE = `
  create schema hr;
  create table hr.employees (id int primary key, name text not null);
  create table hr.log (what text);
  insert into hr.employees select g, 'Łukasz ' || g from generate_series(1, ${ROWS}) g;
  insert into hr.log select 'line ' || g from generate_series(1, ${LINES}) g;
  analyze;`;
export const PARTITIONS = 2;
const COLUMNS = { 'hr.employees': ['id', 'name'], 'hr.log': ['what'] };
const GROUP = 'mailer';

export interface TopicRun extends Pick<LocalRun, 'signal' | 'onEvent'> {
  loadId: string;
  /** Fields of the request, over the usual ones. */
  request?: Record<string, unknown>;
  services?: Partial<Services>;
  /** The clock of its waits and retries is everybody's; unless told, it runs fast. */
  isUnpaced?: true;
  /** Every frame between the load and the broker. */
  onFrame?: (frame: Frame) => Verdict | void | Promise<Verdict | void>;
  /** While the load waits to hear, each time that it asks, how far its consumer is; unless told, the consumer has read everything. */
  whenAwaited?: () => Promise<void>;
}
/** `failure` of an attempt that made nothing. */
export interface TopicRunEnd {
  result: LoadResult | undefined;
  failure: Failure | undefined;
}

/** Whole loads into topics, on this machine, through a proxy in front of a real broker. */
export class TopicRuns {
  readonly services = memoryServices();
  readonly kafka: TestKafka;
  readonly #source: Pick<TestDatabase, 'address'>;
  readonly #proxy: KafkaProxy;

  private constructor(kafka: TestKafka, source: Pick<TestDatabase, 'address'>, proxy: KafkaProxy) {
    [this.kafka, this.#source, this.#proxy] = [kafka, source, proxy];
  }

  static async open(kafka: TestKafka, source: Pick<TestDatabase, 'address'>): Promise<TopicRuns> {
    return new TopicRuns(kafka, source, await openKafkaProxy(kafka.server));
  }

  close(): Promise<void> {
    return this.#proxy.close();
  }

  /** Those that a load is told of. */
  get brokers(): string {
    return this.#proxy.brokers;
  }

  async run(run: TopicRun): Promise<TopicRunEnd> {
    const { loadId, request, services, isUnpaced, onFrame, whenAwaited, ...how } = run;
    const consume = whenAwaited ?? (() => this.commitBeyondSentinels(loadId));
    this.#proxy.judge = async (frame) => {
      const verdict = await onFrame?.(frame);
      if (frame.api === 'OffsetFetch' && frame.what === 'request' && frame.bytes.includes(GROUP)) await consume();
      return verdict ?? 'pass';
    };
    const end = await runLoad({
      loadId,
      request: { ...this.#request(), ...request },
      services: {
        ...this.services,
        now: () => new Date(),
        resolveConnection: async () => this.#source.address,
        resolveBrokers: async () => ({ brokers: [this.#proxy.brokers], security: { kind: 'plaintext' } }),
        invocationSeconds: 14 * 24 * 3_600,
        ...services,
      },
      ...(!isUnpaced && { pace: 1_000 }),
      ...how,
    });
    this.#proxy.judge = () => 'pass';
    return endOf(end);
  }

  /** What Kafka's own consumer reads. */
  async read(loadId: string): Promise<Record<keyof typeof COLUMNS, LoadedTopic>> {
    const topics = (await this.topicsOf(loadId)).map(({ topic }) => topic);
    return readLoadedTopics(this.kafka, { topics, columns: COLUMNS, loadId, partitions: PARTITIONS });
  }

  /** @returns what is wrong with what Kafka's own consumer reads; undefined where each row is there once, and each end */
  async problemOfRows(loadId: string): Promise<string | undefined> {
    const read = await this.read(loadId);
    const keys = read['hr.employees'].rows.map(({ key }) => key);
    const [rows, lines] = [new Set(keys).size, read['hr.log'].rows.length];
    const ends = Object.values(read).flatMap(({ sentinels }) => sentinels);
    const isRight = keys.length === ROWS && rows === ROWS && lines === LINES && !ends.includes(undefined);
    return isRight ? undefined : `${keys.length} rows of ${rows} keys, ${lines} lines, ${ends.length} ends`;
  }

  topicsOf(loadId: string) {
    return new LoadDocuments(this.services.store, loadId).need(loadedTopicsDocument);
  }

  /** @param further than just beyond them */
  async commitBeyondSentinels(loadId: string, further = 0): Promise<void> {
    for (const { topic, partitions } of await this.topicsOf(loadId)) {
      const partitionOffsets = partitions.map(({ sentinel }, partition) => {
        return { partition, offset: BigInt(sentinel + 1 + further) };
      });
      await this.kafka.admin.alterConsumerGroupOffsets({ groupId: GROUP, topics: [{ name: topic, partitionOffsets }] });
    }
  }

  #request() {
    return {
      dataset: 'test',
      consumer: 'mailer',
      source: { engine: 'postgres', connection: 'env:SOURCE', tables: Object.keys(COLUMNS) },
      topics: { brokers: 'env:BROKERS', tables: {}, consumerGroup: GROUP },
      kafka: { chunkRows: 200, partitions: PARTITIONS },
      strategy: 'kafka-topic',
      notify: [{ channel: 'eventbridge' }],
    };
  }
}

function endOf(end: LoadEnd): TopicRunEnd {
  if (end.known === 'nothing') throw new Error(end.why);
  return end.known === 'result'
    ? { result: end.result, failure: end.result.failure }
    : { result: undefined, failure: end.failure };
}
