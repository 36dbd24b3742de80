import { LoadFailedError } from '../../../errors.ts';
import type { Cluster, Topic } from '../../../kafka/cluster.ts';
import { readCommitted } from '../../../kafka/read-committed.ts';
import type { TopicAdmin } from '../../../kafka/topics.ts';
import type { Load } from '../../../services.ts';
import { asAdmin, onCluster } from '../../../target/topics/cluster.ts';
import { noteIn, type Note } from './notes.ts';
import { signalsOf } from './signals.ts';

const DOING = 'Reading what the connector says of its snapshot';

/** The notification topic, for the time of some work. @throws LoadFailedError when it is gone, TransientError */
export function readingNotes<T>(load: Load, work: (notes: NoteTopic) => Promise<T>): Promise<T> {
  const { notifications } = signalsOf(load);
  return onCluster(load, DOING, (cluster) =>
    asAdmin(load, DOING, async (admin) => {
      const topic = await cluster.describeTopic(notifications);
      if (!topic) throw new LoadFailedError(`The topic ${notifications} is gone: somebody deleted it.`);
      return work(new NoteTopic(cluster, admin, topic));
    }),
  );
}

export class NoteTopic {
  readonly #cluster: Cluster;
  readonly #admin: TopicAdmin;
  readonly #topic: Topic;

  constructor(cluster: Cluster, admin: TopicAdmin, topic: Topic) {
    this.#cluster = cluster;
    this.#admin = admin;
    this.#topic = topic;
  }

  /** Where each partition ends for now. */
  ends(): Promise<number[]> {
    return this.#admin.committedEndsOf(this.#topic.name);
  }

  /** What was said from there on, by partition, in the order of its time. */
  async since(from: number[]): Promise<Note[]> {
    const notes: Note[] = [];
    for (const [partition, to] of (await this.ends()).entries()) {
      const batches = readCommitted(this.#cluster, this.#topic, partition, { from: from[partition] ?? 0, to });
      for await (const batch of batches) {
        for (const { value } of batch) {
          const note = value && noteIn(value);
          if (note) notes.push(note);
        }
      }
    }
    return notes.toSorted((one, other) => one.at - other.at);
  }
}
