/** What is used of the SDK's client for Amazon MSK: bundles hold nothing else of it (config/esbuild-plugins.cjs). */
export {
  CreateTopicCommand,
  DeleteTopicCommand,
  DescribeClusterV2Command,
  DescribeTopicCommand,
  GetBootstrapBrokersCommand,
  KafkaClient,
} from '@aws-sdk/client-kafka';
