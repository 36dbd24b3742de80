import type {
  DescribeClusterV2Request,
  DescribeClusterV2Response,
  GetBootstrapBrokersRequest,
  GetBootstrapBrokersResponse,
} from '@aws-sdk/client-kafka';
import { ServiceFault } from '../service-fault.ts';
import type { World } from './world.ts';

/** What the one cluster says of itself. */
export interface ClusterSetting {
  /** What its brokers offer; where there are real ones behind the stand-in, these in the clear, unless told. */
  offers: GetBootstrapBrokersResponse;
  kafkaVersion: string;
}

export function clusterOperations(world: World, { offers, kafkaVersion }: ClusterSetting) {
  return {
    GetBootstrapBrokers({ ClusterArn }: GetBootstrapBrokersRequest): GetBootstrapBrokersResponse {
      assertCluster(world, ClusterArn);
      return offers;
    },
    DescribeClusterV2({ ClusterArn }: DescribeClusterV2Request): DescribeClusterV2Response {
      assertCluster(world, ClusterArn);
      return {
        ClusterInfo: {
          ClusterType: 'PROVISIONED',
          ClusterArn,
          ClusterName: world.clusterArn.split('/')[1],
          State: 'ACTIVE',
          Provisioned: {
            BrokerNodeGroupInfo: { ClientSubnets: ['subnet-00000000'], InstanceType: 'kafka.m7g.large' },
            NumberOfBrokerNodes: 1,
            CurrentBrokerSoftwareInfo: { KafkaVersion: kafkaVersion },
          },
        },
      };
    },
  };
}

/** @throws ServiceFault for any cluster but the one that there is */
export function assertCluster({ clusterArn }: World, asked: string | undefined): void {
  if (asked === clusterArn) return;
  throw new ServiceFault('NotFoundException', `The cluster ${asked} does not exist.`);
}
