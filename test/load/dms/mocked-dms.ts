import * as sdk from '@aws-sdk/client-database-migration-service';
import { mockClient } from 'aws-sdk-client-mock';
import type { AwsClientStub } from 'aws-sdk-client-mock';

/** One resource of the mocked DMS; what a test puts there or changes is what DMS describes. */
export interface MockedResource {
  kind: 'rep' | 'endpoint' | 'subgrp' | 'task' | 'replication-config' | 'assessment-run';
  id: string;
  arn: string;
  status: string;
  tags: sdk.Tag[];
  asked: Record<string, unknown>;
}

export const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
export const $metadata = {};

/** What of DMS these tests need: things are made and found by name, and are deleted when `settle` is called. */
export class MockedDms {
  readonly client: AwsClientStub<sdk.DatabaseMigrationServiceClient> = mockClient(sdk.DatabaseMigrationServiceClient);
  resources: MockedResource[] = [];
  connections: sdk.Connection[] = [];
  /** Deletions of these are refused: InvalidResourceStateFault. */
  inUse = new Set<string>();

  readonly #failures = new Map<string, { errors: Error[]; forever?: boolean }>();

  fail(call: string, ...errors: Error[]): void {
    this.#failures.set(call, { errors });
  }

  failForever(call: string, error: Error): void {
    this.#failures.set(call, { errors: [error], forever: true });
  }

  reset(): void {
    this.client.reset();
    this.resources = [];
    this.connections = [];
    this.inUse.clear();
    this.#failures.clear();
    this.#answer();
  }

  put(kind: MockedResource['kind'], id: string, status: string, more: Partial<MockedResource> = {}): MockedResource {
    const arn = `arn:aws:dms:${REGION}:${ACCOUNT}:${kind}:${id}`;
    if (this.find(arn)) throw new sdk.ResourceAlreadyExistsFault({ message: `${id} is there`, $metadata });
    const resource = { kind, id, arn, status, tags: [], asked: {}, ...more };
    this.resources.push(resource);
    return resource;
  }

  find(arn: string | undefined): MockedResource | undefined {
    return this.resources.find((each) => each.arn === arn);
  }

  need(arn: string | undefined): MockedResource {
    const found = this.find(arn);
    if (found) return found;
    throw new sdk.ResourceNotFoundFault({ message: `${arn} not found`, $metadata });
  }

  ids(): string[] {
    return this.resources.map(({ id }) => id).sort();
  }

  /** Time goes by: what was being made is there, what was being deleted is gone. */
  settle(): void {
    this.resources = this.resources.filter(({ status }) => status !== 'deleting');
    for (const resource of this.resources) {
      if (resource.status === 'creating') resource.status = resource.kind === 'rep' ? 'available' : 'ready';
      if (resource.status === 'stopping') resource.status = 'stopped';
      if (resource.status === 'cancelling') resource.status = 'failed';
    }
    for (const connection of this.connections) if (connection.Status === 'testing') connection.Status = 'successful';
  }

  /** The names of the calls since this was last asked. */
  takeCalls(): string[] {
    const names = this.client.calls().map(({ args }) => args[0].constructor.name.replace(/Command$/, ''));
    this.client.resetHistory();
    return names;
  }

  #list(kind: MockedResource['kind'], filters: sdk.Filter[] | undefined): MockedResource[] {
    const wanted = filters?.[0]?.Values;
    const all = this.resources.filter((each) => each.kind === kind);
    const found = wanted ? all.filter(({ id, arn }) => wanted.includes(id) || wanted.includes(arn)) : all;
    if (wanted && found.length === 0) throw new sdk.ResourceNotFoundFault({ message: 'No such thing', $metadata });
    return found;
  }

  #delete(arn: string | undefined): void {
    const found = this.need(arn);
    if (this.inUse.has(found.id) || found.status === 'deleting' || found.status === 'running') {
      throw new sdk.InvalidResourceStateFault({ message: `${found.id} is ${found.status}`, $metadata });
    }
    found.status = 'deleting';
  }

  #on<Asked>(command: unknown, answer: (asked: Asked) => object): void {
    const name = (command as { name: string }).name.replace(/Command$/, '');
    this.client.on(command as typeof sdk.DeleteEndpointCommand).callsFake((asked: Asked) => {
      const failing = this.#failures.get(name);
      const error = failing?.forever ? failing.errors[0] : failing?.errors.shift();
      if (error) throw error;
      return answer(asked);
    });
  }

  /** In pages of a hundred, as DMS gives them. */
  #describe(command: unknown, kind: MockedResource['kind'], field: string): void {
    this.#on(command, ({ Filters, Marker = '0' }: sdk.DescribeEndpointsMessage) => {
      const [all, from] = [this.#list(kind, Filters), Number(Marker)];
      const isMore = all.length > from + 100;
      return { [field]: all.slice(from, from + 100).map(show), ...(isMore && { Marker: String(from + 100) }) };
    });
  }

  #answer(): void {
    this.#on(sdk.CreateReplicationSubnetGroupCommand, (asked: sdk.CreateReplicationSubnetGroupMessage) => {
      this.put('subgrp', asked.ReplicationSubnetGroupIdentifier ?? '', 'Complete', {
        tags: asked.Tags ?? [],
        asked: { ...asked },
      });
      return {};
    });
    this.#on(sdk.CreateReplicationInstanceCommand, (asked: sdk.CreateReplicationInstanceMessage) => {
      const { ReplicationInstanceIdentifier: id = '', Tags: tags = [] } = asked;
      const made = this.put('rep', id, 'creating', { tags, asked: { ...asked } });
      return { ReplicationInstance: { ReplicationInstanceArn: made.arn, ReplicationInstanceStatus: made.status } };
    });
    this.#on(sdk.CreateEndpointCommand, (asked: sdk.CreateEndpointMessage) => {
      const { EndpointIdentifier: id = '', Tags: tags = [] } = asked;
      return { Endpoint: { EndpointArn: this.put('endpoint', id, 'active', { tags, asked: { ...asked } }).arn } };
    });
    this.#on(sdk.CreateReplicationTaskCommand, (asked: sdk.CreateReplicationTaskMessage) => {
      const { ReplicationTaskIdentifier: id = '', Tags: tags = [] } = asked;
      return { ReplicationTask: show(this.put('task', id, 'creating', { tags, asked: { ...asked } })) };
    });
    this.#on(sdk.CreateReplicationConfigCommand, (asked: sdk.CreateReplicationConfigMessage) => {
      const { ReplicationConfigIdentifier: id = '', Tags: tags = [] } = asked;
      return { ReplicationConfig: show(this.put('replication-config', id, 'creating', { tags, asked: { ...asked } })) };
    });
    this.#describe(sdk.DescribeReplicationSubnetGroupsCommand, 'subgrp', 'ReplicationSubnetGroups');
    this.#describe(sdk.DescribeReplicationInstancesCommand, 'rep', 'ReplicationInstances');
    this.#describe(sdk.DescribeEndpointsCommand, 'endpoint', 'Endpoints');
    this.#describe(sdk.DescribeReplicationTasksCommand, 'task', 'ReplicationTasks');
    this.#describe(sdk.DescribeReplicationsCommand, 'replication-config', 'Replications');
    this.#describe(sdk.DescribeReplicationConfigsCommand, 'replication-config', 'ReplicationConfigs');
    this.#on(sdk.ListTagsForResourceCommand, (asked: sdk.ListTagsForResourceMessage) => ({
      TagList: (asked.ResourceArnList ?? [asked.ResourceArn]).flatMap((arn) =>
        this.need(arn).tags.map((tag) => ({ ...tag, ...(asked.ResourceArnList && { ResourceArn: arn }) })),
      ),
    }));
    this.#on(sdk.TestConnectionCommand, (asked: sdk.TestConnectionMessage) => {
      const others = this.connections.filter(({ EndpointArn }) => EndpointArn !== asked.EndpointArn);
      this.connections = [...others, { ...asked, Status: 'testing' }];
      return {};
    });
    this.#on(sdk.DescribeConnectionsCommand, () => ({ Connections: this.connections }));
    this.#answerAssessments();
    const stop = ({ ReplicationTaskArn, ReplicationConfigArn }: Record<string, string>) => {
      this.need(ReplicationTaskArn ?? ReplicationConfigArn).status = 'stopping';
      return {};
    };
    this.#on(sdk.StopReplicationTaskCommand, stop);
    this.#on(sdk.StopReplicationCommand, stop);
    const remove = (asked: Record<string, string>) => {
      const group = asked['ReplicationSubnetGroupIdentifier'];
      this.#delete(group === undefined ? Object.values(asked)[0] : `arn:aws:dms:${REGION}:${ACCOUNT}:subgrp:${group}`);
      return {};
    };
    this.#on(sdk.DeleteReplicationTaskCommand, remove);
    this.#on(sdk.DeleteReplicationConfigCommand, remove);
    this.#on(sdk.DeleteEndpointCommand, remove);
    this.#on(sdk.DeleteReplicationInstanceCommand, remove);
    this.#on(sdk.DeleteReplicationSubnetGroupCommand, (asked: Record<string, string>) => {
      remove(asked);
      this.resources = this.resources.filter(({ kind, status }) => kind !== 'subgrp' || status !== 'deleting');
      return {};
    });
    this.#on(sdk.DeleteReplicationTaskAssessmentRunCommand, remove);
    this.#on(sdk.CancelReplicationTaskAssessmentRunCommand, (asked: Record<string, string>) => {
      this.need(asked['ReplicationTaskAssessmentRunArn']).status = 'cancelling';
      return {};
    });
  }

  #answerAssessments(): void {
    this.#on(sdk.StartReplicationTaskAssessmentRunCommand, (asked: sdk.StartReplicationTaskAssessmentRunMessage) => {
      const { AssessmentRunName: id = '', Tags: tags = [] } = asked;
      const run = this.put('assessment-run', id, 'starting', { tags, asked: { ...asked } });
      return { ReplicationTaskAssessmentRun: { ReplicationTaskAssessmentRunArn: run.arn } };
    });
    this.#on(sdk.DescribeReplicationTaskAssessmentRunsCommand, () => ({
      ReplicationTaskAssessmentRuns: this.resources
        .filter(({ kind }) => kind === 'assessment-run')
        .map((run) => ({ ...show(run), LastFailureMessage: run.asked['said'] })),
    }));
    this.#on(sdk.DescribeReplicationTaskIndividualAssessmentsCommand, () => ({
      ReplicationTaskIndividualAssessments: [
        { IndividualAssessmentName: 'large-objects', Status: 'failed' },
        { IndividualAssessmentName: 'table-with-no-primary-key', Status: 'passed' },
      ],
    }));
  }
}

/** Each kind's names for the same things. */
function show({ id, arn, status }: MockedResource) {
  return {
    ReplicationSubnetGroupIdentifier: id,
    ReplicationInstanceIdentifier: id,
    ReplicationInstanceArn: arn,
    ReplicationInstanceStatus: status,
    EndpointIdentifier: id,
    EndpointArn: arn,
    ReplicationTaskIdentifier: id,
    ReplicationTaskArn: arn,
    ReplicationConfigIdentifier: id,
    ReplicationConfigArn: arn,
    AssessmentRunName: id,
    ReplicationTaskAssessmentRunArn: arn,
    Status: status,
  };
}
