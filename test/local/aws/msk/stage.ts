import { STAND_IN_REGION, useStandIns } from '../../../../local/aws/environment.ts';
import type { BehindMsk } from '../../../../local/aws/msk/brokers.ts';
import { startMsk, type MskOptions, type MskStandIn } from '../../../../local/aws/msk/msk.ts';
import type { Cluster } from '../../../../src/kafka/cluster.ts';
import type { NewTopic } from '../../../../src/kafka/topic-changes.ts';

/** The stand-in with brokers that are a list, and the SDK pointed at it. */
export interface MskStage {
  msk: MskStandIn;
  /** What the brokers have. */
  topics: Map<string, NewTopic>;
  /** All that is asked of the brokers here. */
  cluster: Cluster;
  /** So many seconds pass by the stand-in's clock, which stands still otherwise. */
  pass(seconds: number): void;
  end(): Promise<void>;
}

export async function setMskStage(options: Partial<MskOptions> = {}): Promise<MskStage> {
  const topics = new Map<string, NewTopic>();
  const behind: BehindMsk = {
    partitionsOf: async (name) => topics.get(name)?.partitions,
    createTopic: async (topic) => void topics.set(topic.name, topic),
    deleteTopic: async (name) => void topics.delete(name),
  };
  let milliseconds = Date.parse('2026-01-01T00:00:00Z');
  const msk = await startMsk({ now: () => new Date(milliseconds), region: STAND_IN_REGION, behind, ...options });
  const giveBack = useStandIns({ msk });
  return {
    msk,
    topics,
    cluster: { describeTopic: async (name: string) => topics.get(name) } as unknown as Cluster,
    pass: (seconds) => void (milliseconds += seconds * 1_000),
    async end() {
      giveBack();
      await msk.stop();
    },
  };
}
