import { RequestError } from '../errors.ts';
import { regionOfCluster } from './cluster-arn.ts';
import { databaseTargetOf } from './database-target.ts';
import { parseReference } from './reference.ts';
import { showPath } from './show.ts';
import type { ConnectionReference, LoadRequest, NotifyChannel } from './schema.ts';

/**
 * What a request may name in this deployment: whoever can put an event on a bus must not be able to copy any database
 * anywhere, nor send a database's password to a host of their choice. Each list holds patterns for the whole value as
 * the request writes it, in which `*` stands for any characters; an empty list allows nothing.
 */
export interface Bounds {
  /** Secrets Manager names or ARNs, and "ssm:/path". A role's policy bounds them by tag as well. */
  secrets: string[];
  /** Hosts that a request may write beside a secret; a host inside the secret needs no permission. */
  databaseHosts: string[];
  webhookHosts: string[];
  topicArns: string[];
  queueUrls: string[];
  /** Names or ARNs of event buses. The account's default bus is written "default". */
  busNames: string[];
  /** ARNs of replication instances, and names of subnet groups for temporary ones: a load's rows pass through them. */
  replicationInstances: string[];
  subnetGroups: string[];
  /** ARNs of MSK clusters. Brokers behind a secret need no permission but the secret's. */
  kafkaClusters: string[];
  /** Live topics that rows may be replayed into, where everybody who follows them sees that. */
  replayTopics: string[];
  /** S3 addresses that files may go to: `s3://exports/*`. */
  targetUris: string[];
  /** S3 addresses of PySpark modules, which run with the rights of the job's role. */
  scripts: string[];
  /** Whether "env:NAME" may be used: on one machine yes, in a deployment no. */
  environmentReferences: boolean;
}

/** For local runs: the person who writes the request has the credentials anyway. */
export const unbounded: Bounds = {
  secrets: ['*'],
  databaseHosts: ['*'],
  webhookHosts: ['*'],
  topicArns: ['*'],
  queueUrls: ['*'],
  busNames: ['*'],
  replicationInstances: ['*'],
  subnetGroups: ['*'],
  kafkaClusters: ['*'],
  replayTopics: ['*'],
  targetUris: ['*'],
  scripts: ['*'],
  environmentReferences: true,
};

/** @throws RequestError for the first thing that the request names and this deployment doesn't allow. */
export function assertWithinBounds(request: LoadRequest, bounds: Bounds): void {
  assertConnection(request.source.connection, 'source.connection', bounds);
  const target = databaseTargetOf(request);
  if (target) assertConnection(target.connection, 'target.connection', bounds);
  if (request.target?.engine === 's3')
    assertAllowed(request.target.uri, 'target.uri', bounds.targetUris, 'S3 addresses');
  assertScript(request.transform?.script, bounds);
  assertBrokers(request.topics?.brokers, bounds);
  if (request.strategy === 'replay') assertReplay(request.topics?.tables ?? {}, bounds);
  const { replicationInstanceArn, subnetGroup } = request.dms ?? {};
  if (replicationInstanceArn !== undefined)
    assertAllowed(
      replicationInstanceArn,
      'dms.replicationInstanceArn',
      bounds.replicationInstances,
      'replication instances',
    );
  if (subnetGroup !== undefined)
    assertAllowed(subnetGroup, 'dms.subnetGroup', bounds.subnetGroups, 'replication subnet groups');
  request.notify.forEach((channel, index) => assertChannel(channel, `notify[${index}]`, bounds));
}

function assertConnection(connection: ConnectionReference, field: string, bounds: Bounds): void {
  if (typeof connection === 'string') return assertReference(connection, field, bounds);
  assertReference(connection.secret, `${field}.secret`, bounds);
  if (connection.host !== undefined)
    assertAllowed(connection.host, `${field}.host`, bounds.databaseHosts, 'database hosts');
}

function assertBrokers(brokers: string | undefined, bounds: Bounds): void {
  if (brokers === undefined) return;
  const field = 'topics.brokers';
  if (regionOfCluster(brokers) === undefined) return assertReference(brokers, field, bounds);
  assertAllowed(brokers, field, bounds.kafkaClusters, 'MSK clusters');
}

function assertReplay(tables: Record<string, string>, { replayTopics }: Bounds): void {
  for (const [table, topic] of Object.entries(tables))
    assertAllowed(topic, showPath(['topics', 'tables', table]), replayTopics, 'live topics to replay into');
}

function assertReference(reference: string, field: string, bounds: Bounds): void {
  const { kind } = parseReference(reference, field);
  if (kind !== 'environment') return assertAllowed(reference, field, bounds.secrets, 'secrets');
  if (!bounds.environmentReferences) {
    throw new RequestError({
      field,
      value: reference,
      wrong: 'an environment variable can only be named in a local run',
      advice: 'Put the connection into Secrets Manager and name the secret here',
    });
  }
}

function assertScript(script: string | undefined, bounds: Bounds): void {
  if (script === undefined) return;
  const field = 'transform.script';
  if (script.startsWith('s3://')) return assertAllowed(script, field, bounds.scripts, 'scripts');
  if (!bounds.environmentReferences) {
    throw new RequestError({
      field,
      value: script,
      wrong: 'a file can only be named in a local run',
      advice: 'Put the module into S3 and write its s3:// address',
    });
  }
}

function assertChannel(channel: NotifyChannel, field: string, bounds: Bounds): void {
  switch (channel.channel) {
    case 'eventbridge':
      return assertAllowed(channel.busName ?? 'default', `${field}.busName`, bounds.busNames, 'event buses');
    case 'sns':
      return assertAllowed(channel.topicArn, `${field}.topicArn`, bounds.topicArns, 'topics');
    case 'sqs':
      return assertAllowed(channel.queueUrl, `${field}.queueUrl`, bounds.queueUrls, 'queues');
    case 'webhook':
      assertAllowed(new URL(channel.url).hostname, `${field}.url`, bounds.webhookHosts, 'webhook hosts');
      return assertReference(channel.secret, `${field}.secret`, bounds);
  }
}

function assertAllowed(value: string, field: string, patterns: string[], kind: string): void {
  if (patterns.some((pattern) => matches(value, pattern))) return;
  throw new RequestError({
    field,
    value,
    wrong: 'this deployment does not allow it',
    advice:
      patterns.length === 0
        ? `No ${kind} are allowed here: add it to the deployment's parameters`
        : `Allowed ${kind}: ${patterns.join(', ')}. Use one of them, or add it to the deployment's parameters`,
  });
}

function matches(value: string, pattern: string): boolean {
  const expression = pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${expression}$`, 's').test(value);
}
