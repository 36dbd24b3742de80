import {
  ConnectionPool,
  FindCoordinatorKeyTypes,
  findCoordinatorV4,
  metadataV12,
  type Broker,
  type Connection,
} from '@platformatic/kafka';
import { connectionOptionsOf } from './connection-options.ts';
import { says, withPatience } from './errors.ts';
import type { KafkaAddress } from './kafka-address.ts';

/** A topic as a broker describes it. */
export interface Topic {
  name: string;
  /** A topic that is made again under the same name has another one. */
  id: string;
  /** Node ids of the leaders, by partition. */
  leaders: number[];
}

/**
 * Connections to one cluster. Requests are made by version of the protocol, those that brokers from Kafka 3.1 on answer,
 * because what is asked of a transaction must not change with the client's idea of the newest version.
 */
export class Cluster {
  readonly #pool: ConnectionPool;
  readonly #bootstrap: Broker[];
  readonly #brokers = new Map<number, Broker>();

  /** Connects when it is first asked. @param clientId what the brokers' logs and quotas know it by */
  constructor(address: KafkaAddress, clientId: string) {
    this.#pool = new ConnectionPool(clientId, connectionOptionsOf(address.security));
    this.#bootstrap = address.brokers.map(brokerOf);
  }

  any(): Promise<Connection> {
    return this.#pool.getFirstAvailable(this.#bootstrap);
  }

  /** Node ids. */
  async listBrokers(): Promise<number[]> {
    await this.#describeBrokers();
    return [...this.#brokers.keys()];
  }

  /** The broker that changes topics; where there is no such one (KRaft), one that hands on. */
  async controller(): Promise<Connection> {
    return this.node(await this.#describeBrokers());
  }

  /** @returns the node id of the controller */
  async #describeBrokers(): Promise<number> {
    const answer = await withPatience(async () => metadataV12.api.async(await this.any(), [], false));
    this.#describe(answer);
    return answer.controllerId;
  }

  /** Undefined where there is none of this name; never makes one. */
  async describeTopic(name: string): Promise<Topic | undefined> {
    try {
      return await withPatience(async () =>
        this.#describe(await metadataV12.api.async(await this.any(), [name], false)),
      );
    } catch (error) {
      if (says(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return undefined;
      throw error;
    }
  }

  #describe({ brokers, topics }: ReturnType<typeof metadataV12.parseResponse>): Topic | undefined {
    for (const { nodeId, host, port } of brokers) this.#brokers.set(nodeId, { host, port });
    const [topic] = topics;
    if (!topic) return undefined;
    const leaders: number[] = [];
    for (const { partitionIndex, leaderId } of topic.partitions) leaders[partitionIndex] = leaderId;
    return { name: topic.name ?? '', id: topic.topicId, leaders };
  }

  /** @param nodeId of a broker that was described */
  node(nodeId: number): Promise<Connection> {
    const broker = this.#brokers.get(nodeId);
    if (!broker) throw new Error(`No broker ${nodeId} was described.`);
    return this.#pool.get(broker);
  }

  async coordinator(kind: 'group' | 'transaction', key: string): Promise<Connection> {
    const keyType = kind === 'group' ? FindCoordinatorKeyTypes.GROUP : FindCoordinatorKeyTypes.TRANSACTION;
    return withPatience(async () => {
      const { coordinators } = await findCoordinatorV4.api.async(await this.any(), keyType, [key]);
      const [found] = coordinators;
      if (!found) throw new Error(`The cluster names no coordinator for ${key}.`);
      return this.#pool.get({ host: found.host, port: found.port });
    });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

function brokerOf(address: string): Broker {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}
