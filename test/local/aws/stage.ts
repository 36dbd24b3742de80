import * as sdk from '@aws-sdk/client-database-migration-service';
import { useStandIns } from '../../../local/aws/environment.ts';
import { startAwsStandIns, type AwsStandIns } from '../../../local/aws/stand-ins.ts';
import type { Mover } from '../../../local/aws/dms/mover.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/** Stand-ins with the SDK's own client pointed at them, and a clock that only moves when it is told to. */
export interface Stage {
  aws: AwsStandIns;
  client: sdk.DatabaseMigrationServiceClient;
  pass(seconds: number): void;
  now(): Date;
  end(): Promise<void>;
}

export const ROLE = 'arn:aws:iam::000000000000:role/dms-access';

export async function setStage(
  options: { mover?: Mover; pageSize?: number; throttles?: boolean; maxAttempts?: number } = {},
): Promise<Stage> {
  let at = new Date('2026-03-01T08:00:00Z');
  const { maxAttempts = 1, ...given } = options;
  const aws = await startAwsStandIns({ ...given, now: () => at });
  const release = useStandIns(aws);
  const client = new sdk.DatabaseMigrationServiceClient({ maxAttempts });
  // Asked now, since the variables are given back before the client's last request.
  await client.config.endpoint?.();
  return {
    aws,
    client,
    now: () => at,
    pass(seconds) {
      at = new Date(at.getTime() + seconds * 1_000);
    },
    async end() {
      client.destroy();
      release();
      await aws.stop();
    },
  };
}

/** A mover for tests in which no row moves: every run is over at once. */
export const nothingToMove: Mover = {
  test: async () => undefined,
  begin: ({ now }) => ({
    tables: () => [],
    end: () => ({ at: now(), status: 'stopped', stopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' }),
    reload() {},
    ended: Promise.resolve(),
    stop: async () => {},
  }),
};

/** As RDS writes it. */
export function putSecrets({ aws }: Stage, databases: Record<string, TestDatabase>): void {
  for (const [name, { address }] of Object.entries(databases)) {
    const { host, port, user, password } = address;
    aws.secrets.put(name, JSON.stringify({ host, port, username: user, password }));
  }
}

export async function createEndpoint(
  { client }: Stage,
  EndpointType: 'source' | 'target',
  more: Partial<sdk.CreateEndpointCommandInput> = {},
): Promise<string> {
  const { Endpoint } = await client.send(
    new sdk.CreateEndpointCommand({
      EndpointIdentifier: `il-1-${EndpointType}`,
      EndpointType,
      EngineName: 'postgres',
      DatabaseName: 'nowhere',
      PostgreSQLSettings: { SecretsManagerSecretId: EndpointType, SecretsManagerAccessRoleArn: ROLE },
      ...more,
    }),
  );
  return Endpoint!.EndpointArn!;
}

export async function createInstance(
  { client }: Stage,
  name = 'il-1-instance',
  more: Partial<sdk.CreateReplicationInstanceCommandInput> = {},
): Promise<string> {
  const { ReplicationInstance } = await client.send(
    new sdk.CreateReplicationInstanceCommand({
      ReplicationInstanceIdentifier: name,
      ReplicationInstanceClass: 'dms.t3.medium',
      ResourceIdentifier: name,
      ...more,
    }),
  );
  return ReplicationInstance!.ReplicationInstanceArn!;
}

/** Both endpoints, an instance that can reach them, and a task that is ready. */
export async function readyTask(
  stage: Stage,
  {
    source = 'nowhere',
    target = 'nowhere',
    ...json
  }: { source?: string; target?: string; mappings?: object; settings?: object } = {},
): Promise<{ task: string; instance: string; source: string; target: string }> {
  const { client, pass } = stage;
  const endpoints = {
    source: await createEndpoint(stage, 'source', { DatabaseName: source }),
    target: await createEndpoint(stage, 'target', { DatabaseName: target }),
  };
  const instance = await createInstance(stage);
  pass(481);
  for (const EndpointArn of Object.values(endpoints)) {
    await client.send(new sdk.TestConnectionCommand({ ReplicationInstanceArn: instance, EndpointArn }));
  }
  const { ReplicationTask } = await client.send(
    new sdk.CreateReplicationTaskCommand(taskInput({ instance, ...endpoints }, json)),
  );
  pass(61);
  return { task: ReplicationTask!.ReplicationTaskArn!, instance, ...endpoints };
}

export function taskInput(
  on: { instance: string; source: string; target: string },
  { mappings = everythingIn('hr'), settings = loudSettings() }: { mappings?: object; settings?: object } = {},
): sdk.CreateReplicationTaskCommandInput {
  return {
    ReplicationTaskIdentifier: 'il-1-task',
    SourceEndpointArn: on.source,
    TargetEndpointArn: on.target,
    ReplicationInstanceArn: on.instance,
    MigrationType: 'full-load',
    TableMappings: JSON.stringify(mappings),
    ReplicationTaskSettings: JSON.stringify(settings),
    ResourceIdentifier: 'il-1-task',
  };
}

export function everythingIn(schema: string, ...rules: object[]) {
  const all = {
    'rule-type': 'selection',
    'rule-action': 'include',
    'object-locator': { 'schema-name': schema, 'table-name': '%' },
  };
  return {
    rules: [all, ...rules].map((rule, index) => ({ 'rule-id': `${index + 1}`, 'rule-name': `${index + 1}`, ...rule })),
  };
}

/** Settings under which no failure passes unseen. */
export function loudSettings(more: Record<string, object> = {}) {
  return {
    TargetMetadata: more['TargetMetadata'] ?? {},
    FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING', ...more['FullLoadSettings'] },
    ErrorBehavior: {
      DataErrorPolicy: 'STOP_TASK',
      DataTruncationErrorPolicy: 'STOP_TASK',
      TableErrorPolicy: 'STOP_TASK',
      FailOnNoTablesCaptured: true,
      ...more['ErrorBehavior'],
    },
    ValidationSettings: more['ValidationSettings'] ?? {},
  };
}

export async function startTask(
  { client, pass }: Stage,
  task: string,
  type: 'start-replication' | 'resume-processing' | 'reload-target' = 'start-replication',
): Promise<void> {
  await client.send(new sdk.StartReplicationTaskCommand({ ReplicationTaskArn: task, StartReplicationTaskType: type }));
  pass(61);
}

export async function lookAtTask({ client }: Stage, task: string): Promise<sdk.ReplicationTask> {
  const Filters = [{ Name: 'replication-task-arn', Values: [task] }];
  const { ReplicationTasks } = await client.send(new sdk.DescribeReplicationTasksCommand({ Filters }));
  return ReplicationTasks![0]!;
}

export async function tablesOf({ client }: Stage, task: string): Promise<sdk.TableStatistics[]> {
  const answer = await client.send(new sdk.DescribeTableStatisticsCommand({ ReplicationTaskArn: task }));
  return answer.TableStatistics!;
}
