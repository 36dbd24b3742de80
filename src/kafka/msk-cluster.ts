import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka';
import { kafka } from '../aws/clients.ts';
import { isTransient } from '../aws/failures.ts';
import { RequestError, TransientError } from '../errors.ts';
import { regionOfCluster } from '../request/cluster-arn.ts';
import type { KafkaAddress } from './kafka-address.ts';

/** Where an address was looked for, to name it in errors. */
interface Place {
  field: string;
  value: string;
}

/**
 * The brokers of an Amazon MSK cluster, by the best of what it offers to whoever holds no password: a login with the
 * function's role, else TLS, else plain text.
 * @throws RequestError where there is no such cluster, or nothing of it can be reached so; TransientError
 */
export async function resolveCluster(arn: string, field: string): Promise<KafkaAddress> {
  const { client, sdk } = await kafka();
  const place = { field, value: arn };
  const offered = await asking(place, () => client.send(new sdk.GetBootstrapBrokersCommand({ ClusterArn: arn })));
  const {
    BootstrapBrokerStringSaslIam: iam,
    BootstrapBrokerStringTls: tls,
    BootstrapBrokerString: plaintext,
  } = offered;
  if (iam) return addressOf(arn, iam, { kind: 'iam', region: regionOfCluster(arn) ?? '' });
  if (tls) return addressOf(arn, tls, { kind: 'tls' });
  if (plaintext) return addressOf(arn, plaintext, { kind: 'plaintext' });
  throw new RequestError({ ...place, ...(await explainNothing(place, offered)) });
}

function addressOf(clusterArn: string, brokers: string, security: KafkaAddress['security']): KafkaAddress {
  return { brokers: brokers.split(',').map((broker) => broker.trim()), security, clusterArn };
}

async function explainNothing(
  place: Place,
  { BootstrapBrokerStringSaslScram: scram }: GetBootstrapBrokersResponse,
): Promise<{ wrong: string; advice: string }> {
  if (scram) {
    return {
      wrong: 'the cluster lets in only who has a user and a password (SASL/SCRAM), which no ARN says',
      advice: 'Put brokers, username and password into a secret and name that here, or let it take IAM logins as well',
    };
  }
  const { client, sdk } = await kafka();
  const command = new sdk.DescribeClusterV2Command({ ClusterArn: place.value });
  const { ClusterInfo: { State: state = 'unknown' } = {} } = await asking(place, () => client.send(command));
  if (state !== 'ACTIVE') {
    return { wrong: `the cluster has no brokers yet, or any more: it is ${state}`, advice: 'Wait until it is ACTIVE' };
  }
  return {
    wrong: 'the cluster has no brokers that can be reached from inside its VPC',
    advice: 'Put those that you reach into a secret and name that here',
  };
}

async function asking<T>({ field, value }: Place, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, message } = error as Error;
    if (isTransient(error)) throw new TransientError(`${field} (${value}) cannot be asked for now: ${name}.`);
    throw new RequestError({ field, value, ...explainRefusal(name, message) }, { cause: error });
  }
}

function explainRefusal(name: string, message: string): { wrong: string; advice: string } {
  if (message === 'Region is missing') return { wrong: 'no AWS region is set', advice: 'Set AWS_REGION' };
  switch (name) {
    case 'NotFoundException':
      return { wrong: 'there is no such cluster', advice: 'Check the ARN, its account and its region' };
    case 'AccessDeniedException':
    case 'ForbiddenException':
    case 'UnauthorizedException':
      return {
        wrong: 'this role may not ask Amazon MSK for it',
        advice: "Add it to the deployment's parameter allowedKafkaClusters, with its topics, groups and ids",
      };
    case 'CredentialsProviderError':
      return { wrong: 'there are no AWS credentials to ask Amazon MSK with', advice: 'Log in to AWS first' };
    default:
      return { wrong: `Amazon MSK says ${name}: ${message}`, advice: 'Check the ARN, its account and its region' };
  }
}
