import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { text } from 'node:stream/consumers';
import { useStandIns } from '../../local/aws/environment.ts';
import { databaseMigrationService } from '../../src/aws/clients.ts';
import { controlPlane } from '../../src/load/control-plane.ts';
import { madeDocument } from '../../src/load/dms/documents.ts';
import { nameOf } from '../../src/load/dms/names.ts';
import type { DmsDeployment } from '../../src/services.ts';
import type { StepAnswer } from '../../src/step.ts';
import { dmsLoad, setState, type DmsLoad } from '../load/dms/a-load.ts';
import { testDeployment } from '../support/dms-stage.ts';
import { memoryServices } from '../support/memory-services.ts';
import { startMoto, type MotoServer } from './moto-server.ts';

/*
 * moto's DMS is one that nobody here wrote. It differs from AWS's, and the product isn't bent for it:
 * - Whatever is made is there at once, whatever is deleted is gone at once, and every connection is tested successfully.
 * - It moves no rows, and knows no DescribeTableStatistics.
 * - It knows no serverless replications and no assessments, which tear-down asks for: speakForMoto says that there are none.
 * - It deletes what is in use.
 * - It keeps the tags of a subnet group under its name: by the ARN that AWS documents there are none to be found.
 * - It writes dates as ISO 8601 where AWS's protocol has seconds, which the SDK refuses: speakForMoto translates them.
 * - A task of it is creating until it is started: speakForMoto says that it is ready.
 * - It fails when a connection is tested a second time.
 */
const NOTHING: Record<string, object> = {
  DescribeReplicationsCommand: { Replications: [] },
  DescribeReplicationTaskAssessmentRunsCommand: { ReplicationTaskAssessmentRuns: [] },
};
const inDefaultVpc: DmsDeployment = { ...testDeployment, subnetIds: [], securityGroupIds: [] };
const { provision, advance, tearDown } = controlPlane.dms!;

let moto: MotoServer;
beforeAll(async () => {
  moto = await startMoto();
  useStandIns({ dms: moto });
  await speakForMoto();
});
afterAll(() => moto?.stop());
let load: DmsLoad;
beforeEach(async () => {
  load = await aLoad(testDeployment);
});

test("a load is provisioned, its connections tested, its task started; it is followed until moto doesn't know the call that lists tables; then it is torn down and nothing is left", async () => {
  expect(await there()).toEqual([]);
  await untilDone(() => provision!(load));
  expect(await there()).toEqual(namesOf('instance', 'source', 'subnets', 'target', 'task'));
  expect(await connections()).toEqual(['successful', 'successful']);
  expect(await taskStatus()).toBe('ready');

  expect(await advanceOnce()).toMatchObject({ status: 'working' });
  expect(await taskStatus()).toBe('running');
  await expect(advanceOnce()).rejects.toThrow('DescribeTableStatistics: ');

  const tornDown = await remove();
  expect(await there()).toEqual([]);
  expect(tornDown.sort()).toEqual(namesOf('instance', 'source', 'subnets', 'target', 'task'));
});

test('what an earlier call made, whose answer was lost, is found again by name and tags', async () => {
  load = await aLoad(inDefaultVpc);
  await untilDone(() => provision!(load));
  const { arns } = await load.documents.need(madeDocument);
  await load.documents.remove(madeDocument);
  await untilDone(() => provision!(load));
  expect((await load.documents.need(madeDocument)).arns).toEqual(arns);
  await remove();
  expect(await there()).toEqual([]);
});

test('what was half made is torn down by its name and tags alone', async () => {
  load = await aLoad(inDefaultVpc);
  for (let call = 1; call <= 2; call += 1) await provision!(load);
  await load.documents.remove(madeDocument);
  expect(await there()).toEqual(namesOf('instance', 'source'));
  await remove();
  expect(await there()).toEqual([]);
});

function aLoad(dms: DmsDeployment): Promise<DmsLoad> {
  const services = { ...memoryServices(), deployment: { name: 'test', dms } };
  return dmsLoad(['hr.employees', 'hr.departments'], { services });
}

/** What the client can't read of moto's answers, or has no answer to. */
async function speakForMoto(): Promise<void> {
  const { client } = await databaseMigrationService();
  client.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        const output = NOTHING[String(commandName)];
        return output ? Promise.resolve({ output: { ...output, $metadata: {} }, response: undefined }) : next(given);
      },
    { step: 'initialize' },
  );
  client.middlewareStack.add(
    (next) => async (given) => {
      const result = await next(given);
      const response = result.response as { body: NodeJS.ReadableStream | Uint8Array };
      const answer = await text(response.body as NodeJS.ReadableStream);
      const seconds = (date: string) => String(Date.parse(/[Z+]/.test(date) ? date : `${date}Z`) / 1_000);
      const told = answer
        .replaceAll(/"(\d{4}-\d\d-\d\dT[^"]+)"/g, (_, date: string) => seconds(date))
        .replaceAll('"Status": "creating"', '"Status": "ready"');
      response.body = Buffer.from(told);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
}

async function untilDone(step: () => Promise<StepAnswer>): Promise<void> {
  for (let answer = await step(); answer.status === 'working'; answer = await step()) pass(answer.waitSeconds);
}

function pass(seconds: number): void {
  load.services.clock.now = new Date(load.services.clock.now.getTime() + seconds * 1_000);
}

async function advanceOnce(): Promise<StepAnswer> {
  const answer = await advance!(load, load.plan.shards[0]!, load.deadlineAt);
  if (answer.status === 'working') pass(answer.waitSeconds);
  return answer;
}

/** @returns names of what was deleted */
async function remove(): Promise<string[]> {
  await setState(load, 'closed');
  let deleted: string[] = [];
  await untilDone(async () => {
    const { answer, tornDown } = await tearDown!(load);
    deleted = tornDown.filter(({ status }) => status === 'deleted').map(({ id }) => id);
    return answer;
  });
  return deleted;
}

function namesOf(...kinds: Parameters<typeof nameOf>[1][]): string[] {
  return kinds.map((kind) => nameOf(load, kind));
}

/** Names of everything that moto has. */
async function there(): Promise<string[]> {
  const { client, sdk } = await databaseMigrationService();
  const { ReplicationTasks: tasks = [] } = await client.send(new sdk.DescribeReplicationTasksCommand({}));
  const { ReplicationInstances: instances = [] } = await client.send(new sdk.DescribeReplicationInstancesCommand({}));
  const { Endpoints: endpoints = [] } = await client.send(new sdk.DescribeEndpointsCommand({}));
  const { ReplicationSubnetGroups: groups = [] } = await client.send(
    new sdk.DescribeReplicationSubnetGroupsCommand({}),
  );
  return [
    ...tasks.map(({ ReplicationTaskIdentifier: id }) => id!),
    ...instances.map(({ ReplicationInstanceIdentifier: id }) => id!),
    ...endpoints.map(({ EndpointIdentifier: id }) => id!),
    ...groups.map(({ ReplicationSubnetGroupIdentifier: id }) => id!),
  ].sort();
}

async function connections(): Promise<(string | undefined)[]> {
  const { client, sdk } = await databaseMigrationService();
  const { Connections = [] } = await client.send(new sdk.DescribeConnectionsCommand({}));
  return Connections.map(({ Status }) => Status);
}

async function taskStatus(): Promise<string | undefined> {
  const { client, sdk } = await databaseMigrationService();
  return (await client.send(new sdk.DescribeReplicationTasksCommand({}))).ReplicationTasks?.[0]?.Status;
}
