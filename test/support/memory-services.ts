import type { Services } from '../../src/services.ts';
import { unbounded } from '../../src/request/bounds.ts';
import type { LoadStore } from '../../src/store/load-store.ts';
import type { Delivery } from '../../src/model.ts';
import type { Channels } from '../../src/notify/channel.ts';

/** Services of a world without databases: a store in memory, a clock that is set by hand, channels that note what is sent. */
export interface MemoryServices extends Services {
  documents: Map<string, string>;
  sent: unknown[];
  clock: { now: Date };
}

export function memoryServices(): MemoryServices {
  const documents = new Map<string, string>();
  const sent: unknown[] = [];
  const clock = { now: new Date('2026-03-01T12:00:00.000Z') };
  const send = async (channel: { channel: string }, notification: unknown): Promise<Delivery> => {
    sent.push(notification);
    return { channel: channel.channel, status: 'sent' };
  };
  return {
    documents,
    sent,
    clock,
    store: memoryStore(documents),
    now: () => clock.now,
    bounds: unbounded,
    deployment: { name: 'test' },
    resolveConnection: () => Promise.reject(new Error('There is no database in this test.')),
    resolveSecret: () => Promise.resolve('secret'),
    resolveBrokers: () => Promise.reject(new Error('There is no broker in this test.')),
    channels: { eventbridge: send, sns: send, sqs: send, webhook: send } satisfies Channels,
    invocationSeconds: 60,
    keepHours: 72,
  };
}

function memoryStore(documents: Map<string, string>): LoadStore {
  const read = (path: string): unknown => {
    const text = documents.get(path);
    return text === undefined ? undefined : JSON.parse(text);
  };
  return {
    address: 'memory:',
    read: (path) => Promise.resolve(read(path)),
    write: async (path, document) => void documents.set(path, JSON.stringify(document)),
    async create(path, document) {
      if (documents.has(path)) return false;
      documents.set(path, JSON.stringify(document));
      return true;
    },
    remove: async (path) => void documents.delete(path),
    list: (prefix) => Promise.resolve([...documents.keys()].filter((path) => path.startsWith(prefix)).sort()),
  };
}
