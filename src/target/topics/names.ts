import { replicationTopic } from '../../kafka/replication-topic.ts';
import type { TopicPlan } from '../../model.ts';
import { resourceName } from '../../request/resource-name.ts';
import type { Load } from '../../services.ts';

/** The plan's topics, each with its name. */
export function topicsOf({ plan, loadId, request }: Load): (TopicPlan & { name: string })[] {
  return (plan.topics ?? []).map((topic) =>
    Object.assign({ name: replicationTopic({ loadId, dataset: request.dataset }, topic.table) }, topic),
  );
}

/** What a shard produces under: who comes later under the same one fences who came before. */
export function transactionalId({ loadId }: Load, shard: string): string {
  return resourceName(loadId, shard);
}

/** The consumer group whose offset is the checkpoint of a key range: nobody consumes with it. */
export function checkpointGroup({ loadId }: Load, range: number): string {
  return resourceName(loadId, `r${range}`);
}

/** The shard that no plan has: it produces the sentinels. */
export const END = 'end';

/** The group whose offset says that a topic's sentinels are there. @param index of the topic in the plan */
export function sentinelGroup({ loadId }: Load, index: number): string {
  return resourceName(loadId, `${END}-${index + 1}`);
}

/** Every group of the load's. */
export function groupsOf(load: Load): string[] {
  const ends = (load.plan.topics ?? []).map((_, index) => sentinelGroup(load, index));
  return [...load.plan.ranges.map(({ id }) => checkpointGroup(load, id)), ...ends];
}
