const REACHING = ['GetBootstrapBrokers', 'DescribeClusterV2'];

/** What each function asks of Amazon MSK, as operations of the SDK: whoever reaches brokers may be given a cluster's ARN. */
export const KAFKA_CALLS: Record<string, string[]> = {
  plan: REACHING,
  prepareTarget: [...REACHING, 'CreateTopic', 'DescribeTopic', 'DeleteTopic'],
  advance: REACHING,
  restoreTarget: [...REACHING, 'DescribeTopic', 'DeleteTopic'],
  verify: REACHING,
  awaitConsumer: REACHING,
  closeLoad: REACHING,
};
