import {
  DescribeClusterV2Command,
  GetBootstrapBrokersCommand,
  KafkaClient,
  type GetBootstrapBrokersResponse,
} from '@aws-sdk/client-kafka';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { useRegion } from '../../src/aws/clients.ts';
import { RequestError, TransientError } from '../../src/errors.ts';
import { resolveCluster } from '../../src/kafka/msk-cluster.ts';
import { resolveBrokers } from '../../src/kafka/resolve-brokers.ts';

const ARN = 'arn:aws:kafka:eu-central-1:123456789012:cluster/events/5f2c8d1e-0000-4a4a-8888-1234567890ab-3';
useRegion('eu-west-1');
const msk = mockClient(KafkaClient);
beforeEach(() => {
  msk.reset();
});

function offering(offered: GetBootstrapBrokersResponse): Promise<unknown> {
  msk.on(GetBootstrapBrokersCommand, { ClusterArn: ARN }).resolves(offered);
  return resolveCluster(ARN, 'topics.brokers');
}

async function refusalOf(resolving: Promise<unknown>): Promise<Error> {
  const error: unknown = await resolving.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as Error;
}

function fault(name: string, status = 400): Error {
  return Object.assign(new Error('said MSK'), { name, $metadata: { httpStatusCode: status } });
}

describe('of what a cluster offers, the best is taken that needs no password', () => {
  const all = {
    BootstrapBrokerString: 'a:9092,b:9092',
    BootstrapBrokerStringTls: 'a:9094,b:9094',
    BootstrapBrokerStringSaslScram: 'a:9096,b:9096',
    BootstrapBrokerStringSaslIam: 'a:9098,b:9098',
  };
  const { BootstrapBrokerStringSaslIam: _iam, ...noIam } = all;
  const { BootstrapBrokerStringTls: _tls, ...plaintext } = noIam;

  test.each<[string, GetBootstrapBrokersResponse, object]>([
    ["a login with the function's role", all, { brokers: ['a:9098', 'b:9098'], security: { kind: 'iam' } }],
    ['else TLS', noIam, { brokers: ['a:9094', 'b:9094'], security: { kind: 'tls' } }],
    ['else plain text', plaintext, { brokers: ['a:9092', 'b:9092'], security: { kind: 'plaintext' } }],
  ])('%s', async (_what, offered, address) => {
    expect(await offering(offered)).toMatchObject({ ...address, clusterArn: ARN });
  });

  test("the login is signed for the region of the cluster, which the ARN says, and not the function's", async () => {
    expect(await offering(all)).toMatchObject({ security: { kind: 'iam', region: 'eu-central-1' } });
  });
});

describe('refused, with what to do', () => {
  test('a cluster that lets in only who has a password', async () => {
    const error = await refusalOf(offering({ BootstrapBrokerStringSaslScram: 'a:9096' }));
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toMatch(/^topics\.brokers \("arn:.*SASL\/SCRAM.*into a secret and name that here/);
  });

  test.each([
    ['CREATING', /no brokers yet, or any more: it is CREATING\. Wait until it is ACTIVE/],
    ['ACTIVE', /no brokers that can be reached from inside its VPC\. Put those that you reach into a secret/],
  ] as const)('a cluster without brokers, which is %s', async (State, says) => {
    msk.on(DescribeClusterV2Command, { ClusterArn: ARN }).resolves({ ClusterInfo: { State } });
    const error = await refusalOf(offering({}));
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toMatch(says);
  });

  test.each([
    ['a cluster that does not exist', 'NotFoundException', /no such cluster\. Check the ARN/],
    ['one that the role may not ask for', 'ForbiddenException', /may not ask.*allowedKafkaClusters/],
    ['one that no policy names', 'AccessDeniedException', /may not ask.*allowedKafkaClusters/],
    ['what MSK finds wrong otherwise', 'BadRequestException', /BadRequestException: said MSK/],
  ])('%s', async (_what, name, says) => {
    msk.on(GetBootstrapBrokersCommand).rejects(fault(name));
    const error = await refusalOf(resolveCluster(ARN, 'topics.brokers'));
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toMatch(says);
  });
});

test('a service that has too much to do is worth another try of the step', async () => {
  msk.on(GetBootstrapBrokersCommand).rejects(fault('TooManyRequestsException', 429));
  expect(await refusalOf(resolveCluster(ARN, 'topics.brokers'))).toBeInstanceOf(TransientError);
});

test('what is no ARN of a cluster is a reference to text, as ever', async () => {
  const asked: string[] = [];
  const sources = {
    resolveSecret: async () => 'a:9092',
    resolveCluster: async (arn: string) => {
      asked.push(arn);
      return { brokers: ['b:9092'], security: { kind: 'plaintext' as const } };
    },
  };
  expect(await resolveBrokers('kafka/brokers', 'topics.brokers', sources)).toMatchObject({ brokers: ['a:9092'] });
  expect(await resolveBrokers(ARN, 'topics.brokers', sources)).toMatchObject({ brokers: ['b:9092'] });
  expect(asked).toEqual([ARN]);
});
