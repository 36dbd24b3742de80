import type { Cluster } from '../../kafka/cluster.ts';
import { listGroups, type ConsumerGroup } from '../../kafka/consumer-groups.ts';
import { readLags } from '../../kafka/group-lags.ts';
import type { Load } from '../../services.ts';

/** Records that another group may be behind, unless the request says otherwise. */
export const MOST_LAG = 10_000;
const LOOK_EVERY_MILLISECONDS = 1_000;
const LIST_EVERY_MILLISECONDS = 60_000;
/** Groups that hold loads' checkpoints: nobody consumes with them. */
const OWN = /^il-/;

/** Looks at the consumers that a replay is a burden to. Of the load's own consumer it is no burden but the point. */
export class Lagging {
  readonly #load: Load;
  readonly #cluster: Cluster;
  #groups: ConsumerGroup[] = [];
  #listedAt = -Infinity;
  #lookedAt = -Infinity;
  #lagging: string[] = [];

  constructor(load: Load, cluster: Cluster) {
    [this.#load, this.#cluster] = [load, cluster];
  }

  /** Other groups that are behind by more than the request allows, in words; asked at most once a second. */
  async find(): Promise<string[]> {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MILLISECONDS) return this.#lagging;
    this.#lookedAt = now;
    if (now - this.#listedAt >= LIST_EVERY_MILLISECONDS) {
      this.#groups = others(await listGroups(this.#cluster), this.#load.request.topics?.consumerGroup);
      this.#listedAt = now;
    }
    const topics = (this.#load.plan.liveTopics ?? []).map(({ topic }) => topic);
    const most = this.#load.request.limits.maxConsumerLag ?? MOST_LAG;
    const lags = await readLags(this.#cluster, this.#groups, topics);
    this.#lagging = lags
      .filter(({ lag }) => lag > most)
      .map(({ group, topic, lag }) => `${group} is ${lag} records behind in ${topic}`);
    return this.#lagging;
  }
}

function others(groups: ConsumerGroup[], consumer: string | undefined): ConsumerGroup[] {
  return groups.filter(({ group }) => group !== consumer && !OWN.test(group));
}
