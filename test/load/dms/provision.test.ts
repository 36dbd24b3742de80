import * as sdk from '@aws-sdk/client-database-migration-service';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { LoadClosedError, LoadFailedError, TransientError } from '../../../src/errors.ts';
import { RUN_STATUSES } from '../../../src/load/dms/resources/assessment.ts';
import { judgeConnection } from '../../../src/load/dms/resources/connections.ts';
import { madeDocument } from '../../../src/load/dms/documents.ts';
import { INSTANCE_STATUSES } from '../../../src/load/dms/resources/instance.ts';
import { nameOf, tagsOf, type Kind } from '../../../src/load/dms/names.ts';
import { provision } from '../../../src/load/dms/provision.ts';
import { memoryServices } from '../../support/memory-services.ts';
import { dmsLoad, setState, type DmsLoad } from './a-load.ts';
import { $metadata, MockedDms, REGION } from './mocked-dms.ts';
import { deployment } from './plans.ts';
import { codesOf } from './sdk-words.ts';

useRegion(REGION);
const dms = new MockedDms();
beforeEach(() => dms.reset());

function open(settings: object = {}, more: object = {}): Promise<DmsLoad> {
  return dmsLoad(undefined, { dms: settings, services: { ...memoryServices(), deployment, ...more } });
}

/** The calls of each invocation until provisioning is done; between two of them what was begun comes to its end. */
async function provisionAll(load: DmsLoad, settle = () => dms.settle()): Promise<string[][]> {
  const calls: string[][] = [];
  for (;;) {
    const answer = await provision(load);
    calls.push(dms.takeCalls());
    if (answer.status === 'done') return calls;
    expect(answer.waitSeconds).toBeGreaterThanOrEqual(15);
    if (calls.length > 50) throw new Error(`It goes on for ever: ${JSON.stringify(calls.slice(-3))}`);
    settle();
  }
}

const idsOf = (load: DmsLoad, ...kinds: Kind[]) => kinds.map((kind) => nameOf(load, kind)).sort();
const askedOf = (load: DmsLoad, kind: Kind) => dms.resources.find(({ id }) => id === nameOf(load, kind))?.asked;

describe('what a load is given in DMS', () => {
  test('on an instance of its own is made one thing a call, and tested before the task is made', async () => {
    const load = await open();
    expect(await provisionAll(load)).toEqual([
      ['CreateReplicationSubnetGroup'],
      ['CreateReplicationInstance'],
      ['CreateEndpoint'],
      ['CreateEndpoint'],
      ['DescribeReplicationInstances', 'TestConnection', 'TestConnection'],
      ['DescribeConnections', 'CreateReplicationTask'],
      ['DescribeReplicationTasks'],
    ]);
    expect(dms.ids()).toEqual(idsOf(load, 'subnets', 'instance', 'source', 'target', 'task'));
    for (const { tags } of dms.resources) expect(tags).toEqual(expect.arrayContaining(tagsOf(load)));
    expect(askedOf(load, 'instance')).toEqual({
      ReplicationInstanceIdentifier: nameOf(load, 'instance'),
      ResourceIdentifier: nameOf(load, 'instance'),
      ReplicationInstanceClass: expect.stringMatching(/^dms\./),
      AllocatedStorage: expect.any(Number),
      VpcSecurityGroupIds: ['sg-1'],
      ReplicationSubnetGroupIdentifier: nameOf(load, 'subnets'),
      MultiAZ: false,
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: false,
      Tags: tagsOf(load),
    });
    expect(askedOf(load, 'subnets')).toMatchObject({ SubnetIds: ['subnet-a', 'subnet-b'] });
    expect(askedOf(load, 'source')).toMatchObject({
      EndpointType: 'source',
      ResourceIdentifier: nameOf(load, 'source'),
      PostgreSQLSettings: { SecretsManagerSecretId: 'hr/database' },
    });
  });

  test('stands in the default VPC where the deployment names no subnets', async () => {
    const dmsDeployment = { ...deployment.dms, subnetIds: [], securityGroupIds: [] };
    const load = await open({}, { deployment: { name: 'test', dms: dmsDeployment } });
    await provisionAll(load);
    expect(dms.ids()).toEqual(idsOf(load, 'instance', 'source', 'target', 'task'));
    expect(askedOf(load, 'instance')).not.toHaveProperty('ReplicationSubnetGroupIdentifier');
    expect(askedOf(load, 'instance')).not.toHaveProperty('VpcSecurityGroupIds');
  });

  test('stands in the subnet group that the request names', async () => {
    const load = await open({ subnetGroup: 'ours' });
    await provisionAll(load);
    expect(dms.ids()).toEqual(idsOf(load, 'instance', 'source', 'target', 'task'));
    expect(askedOf(load, 'instance')).toMatchObject({ ReplicationSubnetGroupIdentifier: 'ours' });
  });

  test('on a given instance is no instance and no subnet group, and nothing of the given one is noted as made', async () => {
    const given = dms.put('rep', 'theirs', 'available');
    const load = await open({ replicationInstanceArn: given.arn });
    expect((await provisionAll(load)).flat()).not.toContain('CreateReplicationInstance');
    expect(dms.ids()).toEqual([...idsOf(load, 'source', 'target', 'task'), 'theirs'].sort());
    expect(askedOf(load, 'task')).toMatchObject({ ReplicationInstanceArn: given.arn });
    expect((await load.documents.need(madeDocument)).arns).not.toHaveProperty('instance');
  });

  test('serverless is a configuration beside the endpoints, which DMS tests by itself', async () => {
    const load = await open({ mode: 'serverless' });
    expect(await provisionAll(load)).toEqual([
      ['CreateReplicationSubnetGroup'],
      ['CreateEndpoint'],
      ['CreateEndpoint'],
      ['CreateReplicationConfig'],
      ['DescribeReplications'],
    ]);
    expect(dms.ids()).toEqual(idsOf(load, 'subnets', 'source', 'target', 'replication'));
    expect(askedOf(load, 'replication')).toMatchObject({
      ComputeConfig: { ReplicationSubnetGroupId: nameOf(load, 'subnets') },
    });
  });

  test('is asked for with three requests a call at most, and with none once it is all there', async () => {
    const load = await open({ assessment: true });
    const calls = await provisionAll(load, () => {
      dms.settle();
      for (const each of dms.resources) if (each.kind === 'assessment-run') each.status = 'passed';
    });
    expect(Math.max(...calls.map((names) => names.length))).toBeLessThanOrEqual(3);
    expect(await provisionAll(load)).toEqual([[]]);
  });
});

describe('provisioning again', () => {
  test('finds what calls made whose answers were lost', async () => {
    const first = await open();
    await provisionAll(first);
    const ids = dms.ids();
    const again = await open();
    await provisionAll(again);
    expect(dms.ids()).toEqual(ids);
    expect((await again.documents.need(madeDocument)).arns).toEqual((await first.documents.need(madeDocument)).arns);
  });

  test.each([
    ['subgrp', 'subnets'],
    ['rep', 'instance'],
    ['endpoint', 'target'],
    ['task', 'task'],
  ] as const)('uses no %s that has its name and not its tags', async (resource, kind) => {
    const load = await open();
    dms.put(resource, nameOf(load, kind), 'ready', { tags: [{ Key: 'initial-load:load', Value: load.loadId }] });
    await expect(provisionAll(load)).rejects.toThrow(/already, without the tags of this load/);
  });

  test('uses no endpoint of an earlier load of the same name that leads elsewhere', async () => {
    await provisionAll(await open());
    const load = await open();
    Object.assign(load.survey.source, { database: 'another' });
    await expect(provisionAll(load)).rejects.toThrow(/leads elsewhere/);
  });

  test('waits for what an earlier tear-down is still deleting', async () => {
    await provisionAll(await open());
    for (const each of dms.resources) if (each.kind === 'endpoint') each.status = 'deleting';
    let calls = 0;
    await provisionAll(await open(), () => {
      if ((calls += 1) >= 4) dms.settle();
    });
    expect(dms.resources.filter(({ kind, status }) => kind === 'endpoint' && status === 'active')).toHaveLength(2);
  });

  test('tests the connections again in every attempt: what DMS shows of an earlier test is over', async () => {
    await provisionAll(await open());
    const load = await open();
    dms.connections = dms.connections.map((each) => ({ ...each, Status: 'failed', LastFailureMessage: 'old' }));
    expect((await provisionAll(load)).flat().filter((name) => name === 'TestConnection')).toHaveLength(2);
  });
});

describe('a load that is closed while it is provisioned', () => {
  test.each([0, 1, 2, 3, 4, 5])('makes one thing more at most after %d calls, and notes it not', async (count) => {
    const load = await open();
    for (let call = 0; call < count; call += 1) {
      await provision(load);
      dms.settle();
    }
    const before = dms.ids().length;
    const made = await load.documents.read(madeDocument);
    await setState(load, 'closed');
    const end = await provisionAll(load).catch((error: unknown) => error);
    expect(end).toBeInstanceOf(LoadClosedError);
    expect(dms.ids().length - before).toBeLessThanOrEqual(1);
    expect((await load.documents.read(madeDocument))?.arns).toEqual(made?.arns);
  });
});

describe('the instance', () => {
  const provisionOn = async (status: string) => {
    const given = dms.put('rep', 'theirs', status);
    const load = await open({ replicationInstanceArn: given.arn });
    return { load, ends: provisionAll(load, () => undefined) };
  };

  test('has no status in the SDK that is not known', () => {
    const words = codesOf('ReplicationInstance', 'ReplicationInstanceStatus');
    expect([...INSTANCE_STATUSES.keys()].sort()).toEqual(words.sort());
  });

  test.each([...INSTANCE_STATUSES].filter(([, is]) => is === 'changing'))('%s is waited for', async (status) => {
    const { ends } = await provisionOn(status);
    await expect(ends).rejects.toThrow('It goes on for ever: [["DescribeReplicationInstances"]');
  });

  test.each(
    [...INSTANCE_STATUSES]
      .filter(([, is]) => is === 'broken')
      .map(([status]) => [status])
      .concat([['dreaming']]),
  )('%s fails the load, with the status and what to do', async (status) => {
    const { ends } = await provisionOn(status);
    const error: unknown = await ends.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LoadFailedError);
    expect((error as Error).message).toContain(status);
    expect((error as Error).message).not.toContain('Mend what DMS names');
  });

  test('that vanishes fails the load', async () => {
    const load = await open({ replicationInstanceArn: 'arn:aws:dms:eu-central-1:123456789012:rep:theirs' });
    await expect(provisionAll(load)).rejects.toThrow(/rep:theirs is deleted\. Find out who deletes it/);
  });
});

describe('a connection', () => {
  test('that is successful or still tested keeps nothing from going on, nor does one that is not shown yet', () => {
    expect(judgeConnection('source', { Status: 'successful' })).toBe('successful');
    expect(judgeConnection('source', { Status: 'testing' })).toBe('testing');
    expect(judgeConnection('source', undefined)).toBe('testing');
  });

  test.each([
    ['failed', /connection to the target failed: no route to host .*security groups/],
    ['deleting', /connection to the target is being deleted/],
    ['dreaming', /the status "dreaming"/],
  ])('that is %s fails the load', (Status, message) => {
    expect(() => judgeConnection('target', { Status, LastFailureMessage: 'no route to host' })).toThrow(message);
  });

  test('has no status in the SDK that is not known', () => {
    expect(codesOf('Connection', 'Status').sort()).toEqual(['deleting', 'failed', 'successful', 'testing']);
  });

  test('that DMS cannot test now is asked for again, and after some minutes fails with its words', async () => {
    const refusal = new sdk.InvalidResourceStateFault({ message: 'The instance is modifying', $metadata });
    dms.failForever('TestConnection', refusal);
    const ends = provisionAll(await open());
    await expect(ends).rejects.toThrow(/TestConnection: InvalidResourceStateFault: The instance is modifying/);
  });

  test('whose instance is gone is not waited for: it is asked for again, and DMS says so', async () => {
    const ends = provisionAll(await open(), () => {
      dms.settle();
      if (dms.connections.length === 0) return;
      dms.connections = [];
      const gone = new sdk.ResourceNotFoundFault({ message: 'Replication instance not found', $metadata });
      dms.failForever('TestConnection', gone);
    });
    await expect(ends).rejects.toThrow(/TestConnection: ResourceNotFoundFault: Replication instance not found/);
  });

  test('that DMS takes again and again and never shows fails the load at last', async () => {
    const load = await open();
    const goOn = async () => {
      for (let calls = 0; calls < 200; calls += 1) {
        await provision(load);
        dms.settle();
        dms.connections = [];
      }
    };
    await expect(goOn()).rejects.toThrow(/DMS shows no test of the replication instance's connections/);
  });
});

describe('a premigration assessment', () => {
  const refused = new sdk.InvalidResourceStateFault({ message: 'The task is not ready', $metadata });

  async function assessed(status: string): Promise<{ load: DmsLoad; ends: Promise<string[][]> }> {
    const load = await open({ assessment: true });
    const ends = provisionAll(load, () => {
      dms.settle();
      for (const each of dms.resources) {
        if (each.kind === 'assessment-run')
          Object.assign(each, { status, asked: { ...each.asked, said: 'as it says' } });
      }
    });
    return { load, ends };
  }

  test('has no status in the SDK that is not known', () => {
    expect([...RUN_STATUSES.keys()].sort()).toEqual(codesOf('ReplicationTaskAssessmentRun', 'Status').sort());
  });

  test.each([...RUN_STATUSES].filter(([, means]) => means === 'passed'))(
    'that ends as %s lets the load go on',
    async (status) => {
      const { load, ends } = await assessed(status);
      const starts = (await ends).flat().filter((name) => name === 'StartReplicationTaskAssessmentRun');
      expect(starts).toHaveLength(1);
      expect(askedOf(load, 'assessment')).toMatchObject({
        ServiceAccessRoleArn: deployment.dms.accessRoleArn,
        ResultLocationBucket: 'assessments',
        ResultLocationFolder: 'assessments/a-load',
        Tags: tagsOf(load),
      });
    },
  );

  test.each([...RUN_STATUSES].filter(([, means]) => means === 'running'))(
    'that is %s is waited for',
    async (status) => {
      const { ends } = await assessed(status);
      await expect(ends).rejects.toThrow('It goes on for ever: [["DescribeReplicationTaskAssessmentRuns"]');
    },
  );

  test('that failed fails the load, naming each assessment that did', async () => {
    const { ends } = await assessed('failed');
    await expect(ends).rejects.toThrow(/assessments failed: large-objects \(failed\)\. DMS says: as it says\. Mend/);
  });

  test.each(
    [...RUN_STATUSES]
      .filter(([, means]) => means === 'broken')
      .map(([status]) => [status])
      .concat([['dreaming']]),
  )('that is %s fails the load', async (status) => {
    const { ends } = await assessed(status);
    await expect(ends).rejects.toThrow(status);
  });

  test('whose start lost its answer is found, and not started a second time', async () => {
    const load = await open({ assessment: true });
    dms.put('assessment-run', nameOf(load, 'assessment'), 'passed', { tags: tagsOf(load) });
    await provisionAll(load);
    expect(dms.resources.filter(({ kind }) => kind === 'assessment-run')).toHaveLength(1);
  });

  test('whose start lost its answer is found too where DMS says that the task runs one', async () => {
    const load = await open({ assessment: true });
    dms.put('assessment-run', nameOf(load, 'assessment'), 'passed', { tags: tagsOf(load) });
    dms.failForever('StartReplicationTaskAssessmentRun', refused);
    await expect(provisionAll(load)).resolves.toContainEqual([
      'DescribeReplicationTasks',
      'StartReplicationTaskAssessmentRun',
      'DescribeReplicationTaskAssessmentRuns',
    ]);
  });

  test('that DMS refuses, and that is not there, fails the load with its words', async () => {
    dms.failForever('StartReplicationTaskAssessmentRun', refused);
    const ends = provisionAll(await open({ assessment: true }));
    await expect(ends).rejects.toThrow(/InvalidResourceStateFault: The task is not ready/);
  });

  test('that vanishes fails the load', async () => {
    const ends = provisionAll(await open({ assessment: true }), () => {
      dms.settle();
      dms.resources = dms.resources.filter(({ kind }) => kind !== 'assessment-run');
    });
    await expect(ends).rejects.toThrow(/premigration assessment il-\w+-assessment is gone/);
  });
});

describe('a task', () => {
  test('that could not be made fails the load, in the words of DMS', async () => {
    const load = await open();
    const ends = provisionAll(load, () => {
      dms.settle();
      for (const each of dms.resources) if (each.kind === 'task') each.status = 'failed';
    });
    await expect(ends).rejects.toThrow(/^DMS: failed\. It can't be started/);
  });

  test('that vanishes before it is ready fails the load', async () => {
    const load = await open();
    const ends = provisionAll(load, () => {
      dms.settle();
      dms.resources = dms.resources.filter(({ kind }) => kind !== 'task');
    });
    await expect(ends).rejects.toThrow(/il-\w+-task is gone/);
  });
});

test('throttling may pass, and any other fault fails the load with its name, its words and advice', async () => {
  const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
  dms.failForever('CreateReplicationInstance', throttled);
  await expect(provisionAll(await open())).rejects.toThrow(TransientError);
  const full = new sdk.InsufficientResourceCapacityFault({ message: 'none left', $metadata });
  dms.failForever('CreateReplicationInstance', full);
  await expect(provisionAll(await open())).rejects.toThrow(
    /^CreateReplicationInstance: InsufficientResourceCapacityFault: none left\. .*dms\.replicationInstanceClass/,
  );
});
