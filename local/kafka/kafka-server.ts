import { onFreePorts, startSupervised } from '../supervised-server.ts';
import type { KafkaInstallation } from './find-kafka.ts';

/** A real Kafka, one process that is broker and controller, on the loopback address, for the demo and the tests. */
export interface KafkaServer {
  /** Of the listener CLIENT. */
  port: number;
  /** 127.0.0.1:port, for clients: without a login and in plain text, unless `settings` demand more of CLIENT. */
  brokers: string;
  /** For an administrator: the listener INTERNAL, which asks nobody for a login, and whose users may do everything. */
  internalBrokers: string;
  /** Holds everything that the broker wrote; gone after stop(), and after the end of this process whatever ended it. */
  directory: string;
  /** An orderly stop, and a start on the same data. */
  restart(): Promise<void>;
  /** SIGKILL. The broker stays away, and its data where it is, until start(). */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What the supervisor is told. */
export interface KafkaOrders {
  installation: KafkaInstallation;
  /** Of the listener whose users may do everything: it tells when the broker is ready. */
  internalBrokers: string;
  settings: Record<string, string>;
}

/** Kafka's defaults are for a cluster: three replicas, fifty partitions of offsets, a gigabyte for each segment. */
const SMALL_AND_QUICK = {
  'auto.create.topics.enable': 'false',
  'default.replication.factor': '1',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  // A group's first member would be let wait for others.
  'group.initial.rebalance.delay.ms': '0',
  'log.segment.bytes': String(16 * 1024 ** 2),
  'log.index.size.max.bytes': String(1024 ** 2),
  // A broker that crashed is only let in again when the controller has missed its earlier self for so long: 9 s by default.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  // Taken at the start, and by default a third of the heap.
  'log.cleaner.dedupe.buffer.size': String(4 * 1024 ** 2),
};

/**
 * Starts a broker of its own, in about five seconds.
 * @param options.settings server.properties by name, over the defaults. What clients must do to log in belongs to the
 *   listener CLIENT, for example `listener.security.protocol.map` with `CLIENT:SASL_PLAINTEXT`.
 */
export async function startKafka(options: {
  installation: KafkaInstallation;
  settings?: Record<string, string>;
}): Promise<KafkaServer> {
  return onFreePorts(3, async (ports) => {
    const [port, internal, controller] = ports as [number, number, number];
    const internalBrokers = `127.0.0.1:${internal}`;
    const settings = { ...listeners(port, internal, controller), ...SMALL_AND_QUICK, ...options.settings };
    const orders: KafkaOrders = { installation: options.installation, internalBrokers, settings };
    const supervisor = new URL('./kafka-supervisor.ts', import.meta.url);
    const { directory, command, stop } = await startSupervised({ name: 'Kafka', supervisor, orders });
    return {
      port,
      brokers: `127.0.0.1:${port}`,
      internalBrokers,
      directory,
      restart: () => command('restart'),
      crash: () => command('crash'),
      start: () => command('start'),
      stop,
    };
  });
}

function listeners(port: number, internal: number, controller: number): Record<string, string> {
  return {
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    listeners: `CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internal}`,
    'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    // Who comes without a login: with an authorizer the broker itself, and the administrator.
    'super.users': 'User:ANONYMOUS',
  };
}
