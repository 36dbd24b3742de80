import {
  DatabaseMigrationServiceClient,
  DescribeEndpointsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-database-migration-service';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as start } from '../../functions/start.ts';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import { handler as sweep } from '../../functions/sweep.ts';
import { provideServices } from '../../functions/services.ts';
import { useRegion } from '../../src/aws/clients.ts';
import { acceptLoad } from '../../src/load/accept-load.ts';
import { resourceName } from '../../src/request/resource-name.ts';
import { documentName, LoadDocuments, stateDocument } from '../../src/store/documents.ts';
import type { LoadState } from '../../src/store/documents.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

const stateMachine = 'arn:aws:states:eu-central-1:123456789012:stateMachine:initial-load-dev';
const executions = 'arn:aws:states:eu-central-1:123456789012:execution:initial-load-dev';
const stepFunctions = mockClient(SFNClient);
const context = { getRemainingTimeInMillis: () => 60_000 };
const $metadata = {};
const exists = new ExecutionAlreadyExists({ message: 'exists', $metadata });
const doesNotExist = new ExecutionDoesNotExist({ message: 'none', $metadata });
let services: MemoryServices;

beforeEach(() => {
  stepFunctions.reset();
  stepFunctions.on(StartExecutionCommand).resolves({});
  stepFunctions.on(DescribeExecutionCommand).rejects(doesNotExist);
  process.env['INITIAL_LOAD_STATE_MACHINE'] = `${stateMachine}-initial-load`;
  process.env['TEAR_DOWN_STATE_MACHINE'] = `${stateMachine}-tear-down`;
  process.env['AWS_REGION'] = 'eu-central-1';
  services = memoryServices();
  provideServices(services);
});

const started = () =>
  stepFunctions.commandCalls(StartExecutionCommand).map(({ args }) => {
    const { stateMachineArn, name, input } = args[0].input;
    return {
      machine: stateMachineArn?.slice(stateMachine.length + 1),
      name,
      input: JSON.parse(input ?? '') as unknown,
    };
  });

async function accepted(loadId: string, state: Partial<LoadState> = {}): Promise<void> {
  const source = { engine: 'postgres', connection: 'env:SOURCE_URL', tables: [`hr.${loadId}`] };
  await acceptLoad(`${loadId}-1`, { loadId, attempt: 1, request: writtenRequest({ source }) }, services);
  const documents = new LoadDocuments(services.store, loadId);
  await documents.write(stateDocument, { ...(await documents.need(stateDocument)), ...state });
}

describe('an event that asks for a load', () => {
  const event = { id: '3f2b8a4e-9d1c-4b7a-8e21-0f3b5c7d9e11', detail: { request: { dataset: 'employees' } } };

  test('starts one under a name made of its id', async () => {
    const { execution } = (await start(event, context)) as { execution: string };
    expect(started()).toEqual([
      {
        machine: 'initial-load',
        name: execution,
        input: { loadId: execution.slice(0, -2), attempt: 1, request: event.detail.request },
      },
    ]);
  });

  test('delivered again, finds the load started', async () => {
    const first = await start(event, context);
    stepFunctions.on(StartExecutionCommand).rejects(exists);
    expect(await start(event, context)).toEqual({ ...(first as object), started: 'exists' });
  });

  test('may name the load', async () => {
    await start({ ...event, detail: { ...event.detail, loadId: 'mailer-employees' } }, context);
    expect(started()).toMatchObject([{ name: 'mailer-employees-1', input: { loadId: 'mailer-employees' } }]);
  });

  test('that Step Functions refuses for another reason goes to the dead-letter queue', async () => {
    stepFunctions.on(StartExecutionCommand).rejects(new Error('AccessDenied'));
    await expect(start(event, context)).rejects.toThrow('AccessDenied');
  });
});

describe('an execution that ended', () => {
  const change = (status: string, name = 'mailer-1') => ({
    detail: { name, status, input: JSON.stringify({ loadId: 'mailer', attempt: 1 }) },
  });

  test.each([
    ['ABORTED', 'ExecutionAborted'],
    ['TIMED_OUT', 'ExecutionTimedOut'],
    ['FAILED', 'States.Runtime'],
  ])('%s without tearing down is torn down, under the name it would have used', async (status, error) => {
    await accepted('mailer');
    await statusChanged(change(status), context);
    expect(started()).toEqual([
      {
        machine: 'tear-down',
        name: 'mailer-1',
        input: { loadId: 'mailer', attempt: 1, failure: { Error: error, Cause: expect.any(String) } },
      },
    ]);
  });

  test('is found by its name when the event leaves the input out', async () => {
    await accepted('mailer');
    await statusChanged({ detail: { name: 'mailer-1', status: 'ABORTED', input: null } }, context);
    expect(started()).toHaveLength(1);
  });

  test('is left alone when its own tear-down ran under that name', async () => {
    await accepted('mailer', { status: 'closed' });
    stepFunctions.on(StartExecutionCommand).rejects(exists);
    await expect(statusChanged(change('FAILED'), context)).resolves.toEqual({});
  });

  test.each(['finished', 'kept'] as const)('is left alone when the load is %s', async (status) => {
    await accepted('mailer', { status });
    await statusChanged(change('FAILED'), context);
    expect(started()).toEqual([]);
  });

  test('is left alone when it was refused, or a later attempt took over', async () => {
    await statusChanged(change('FAILED'), context);
    await accepted('mailer', { attempt: 2, execution: 'mailer-2' });
    await statusChanged(change('ABORTED'), context);
    expect(started()).toEqual([]);
  });
});

describe('the sweep', () => {
  const runs = (name: string, machine: string) =>
    stepFunctions.on(DescribeExecutionCommand, { executionArn: `${executions}-${machine}:${name}` });

  test('tears down what nobody works on, and touches nothing that belongs to a running execution', async () => {
    await accepted('aborted');
    await accepted('running');
    await accepted('ending', { status: 'closed' });
    await accepted('stuck', { status: 'closed' });
    await accepted('ended', { status: 'finished' });
    runs('aborted-1', 'initial-load').resolves({ status: 'ABORTED' });
    runs('running-1', 'initial-load').resolves({ status: 'RUNNING' });
    runs('ending-1', 'initial-load').resolves({ status: 'ABORTED' });
    runs('ending-1', 'tear-down').resolves({ status: 'RUNNING' });
    runs('stuck-1', 'initial-load').resolves({ status: 'FAILED' });
    runs('stuck-1', 'tear-down').resolves({ status: 'FAILED' });
    expect(await sweep({}, context)).toEqual({ swept: ['aborted', 'stuck'], leftovers: [] });
    expect(started()).toEqual([
      {
        machine: 'tear-down',
        name: 'aborted-1-sweep-2026030112',
        input: { loadId: 'aborted', attempt: 1, failure: { Error: 'ExecutionAborted', Cause: expect.any(String) } },
      },
      {
        machine: 'tear-down',
        name: 'stuck-1-sweep-2026030112',
        input: { loadId: 'stuck', attempt: 1, failure: { Error: 'States.Runtime', Cause: expect.any(String) } },
      },
    ]);
  });

  test('tears down a load whose execution Step Functions no longer knows', async () => {
    await accepted('forgotten');
    expect(await sweep({}, context)).toEqual({ swept: ['forgotten'], leftovers: [] });
  });

  test('discards rows that were kept long enough, and no others', async () => {
    await accepted('fresh', { status: 'kept', updatedAt: '2026-02-26T12:00:00.001Z' });
    await accepted('old', { status: 'kept', updatedAt: '2026-02-26T12:00:00.000Z' });
    expect(await sweep({}, context)).toEqual({ swept: ['old'], leftovers: [] });
    expect(started()).toMatchObject([{ input: { loadId: 'old', attempt: 1, discard: true } }]);
  });

  test('starts one tear-down an hour, however often it runs', async () => {
    await accepted('stuck', { status: 'closed' });
    stepFunctions.on(StartExecutionCommand).rejects(exists);
    expect(await sweep({}, context)).toEqual({ swept: [], leftovers: [] });
  });

  describe('of what carries our tags', () => {
    const dms = mockClient(DatabaseMigrationServiceClient);
    const id = (loadId: string) => resourceName(`test/${loadId}`, 'source');
    const arnOf = (loadId: string) => `arn:aws:dms:eu-central-1:123456789012:endpoint:${id(loadId)}`;

    /** Endpoints of these loads, in DMS. */
    function left(...loadIds: string[]): void {
      dms.on(DescribeEndpointsCommand).resolves({
        Endpoints: loadIds.map((loadId) => ({ EndpointIdentifier: id(loadId), EndpointArn: arnOf(loadId) })),
      });
      dms.on(ListTagsForResourceCommand).resolves({
        TagList: loadIds.flatMap((loadId) => [
          { ResourceArn: arnOf(loadId), Key: 'initial-load:load', Value: loadId },
          { ResourceArn: arnOf(loadId), Key: 'initial-load:deployment', Value: 'test' },
        ]),
      });
    }
    const leftover = (loadId: string) => ({ loadId, type: 'DMS endpoint', id: id(loadId) });

    beforeEach(() => {
      dms.reset();
      dms.onAnyCommand().resolves({});
      const accessRoleArn = 'arn:aws:iam::123456789012:role/dms-access';
      services.deployment = { name: 'test', dms: { accessRoleArn, subnetIds: [], securityGroupIds: [] } };
      useRegion('eu-central-1');
    });

    test('has removed what is left of loads that have ended or that nobody knows', async () => {
      await accepted('ended', { status: 'finished', attempt: 3 });
      left('ended', 'unknown');
      expect(await sweep({}, context)).toEqual({ swept: [], leftovers: [leftover('ended'), leftover('unknown')] });
      expect(started()).toEqual([
        {
          machine: 'tear-down',
          name: 'ended-3-leftovers-2026030112',
          input: { loadId: 'ended', attempt: 3, leftovers: 'dms' },
        },
        {
          machine: 'tear-down',
          name: 'unknown-0-leftovers-2026030112',
          input: { loadId: 'unknown', attempt: 0, leftovers: 'dms' },
        },
      ]);
    });

    test('touches nothing of a load that runs, is torn down or keeps its rows', async () => {
      await accepted('running');
      runs('running-1', 'initial-load').resolves({ status: 'RUNNING' });
      await accepted('ending', { status: 'closed' });
      runs('ending-1', 'tear-down').resolves({ status: 'RUNNING' });
      await accepted('kept', { status: 'kept', updatedAt: '2026-03-01T11:00:00.000Z' });
      await accepted('recorded', { status: 'finished' });
      runs('recorded-1', 'tear-down').resolves({ status: 'RUNNING' });
      left('running', 'ending', 'kept', 'recorded');
      expect(await sweep({}, context)).toEqual({ swept: [], leftovers: [] });
      expect(started()).toEqual([]);
    });

    test('tears down as a whole what the store says nobody works on', async () => {
      await accepted('aborted');
      left('aborted');
      expect(await sweep({}, context)).toEqual({ swept: ['aborted'], leftovers: [] });
      expect(started()).toMatchObject([{ input: { loadId: 'aborted', failure: { Error: 'States.Runtime' } } }]);
    });

    test('touches nothing of a load that is being accepted: its execution has claimed an attempt and runs', async () => {
      await accepted('again', { status: 'finished' });
      await new LoadDocuments(services.store, 'again').write(documentName('attempts/2.json'), { execution: 'again-2' });
      await new LoadDocuments(services.store, 'new').write(documentName('attempts/1.json'), { execution: 'new-1' });
      left('again', 'new');
      runs('again-2', 'initial-load').resolves({ status: 'RUNNING' });
      runs('new-1', 'initial-load').resolves({ status: 'RUNNING' });
      expect(await sweep({}, context)).toEqual({ swept: [], leftovers: [] });
      runs('again-2', 'initial-load').resolves({ status: 'FAILED' });
      expect(await sweep({}, context)).toMatchObject({ leftovers: [{ loadId: 'again' }] });
      expect(started()).toMatchObject([{ name: 'again-2-leftovers-2026030112', input: { attempt: 2 } }]);
    });

    test('says in its log what it found', async () => {
      const log = jest.spyOn(console, 'log').mockImplementation(() => {});
      left('unknown');
      await sweep({}, { ...context, functionName: 'initial-load-dev-sweep' });
      const line: unknown = JSON.parse(String(log.mock.calls[0]?.[0]));
      expect(line).toMatchObject({ function: 'initial-load-dev-sweep', leftovers: [leftover('unknown')] });
      log.mockRestore();
    });

    test('has torn down what the store knows before DMS is asked, which may refuse', async () => {
      await accepted('forgotten');
      dms.on(DescribeEndpointsCommand).rejects(new Error('not authorized'));
      await expect(sweep({}, context)).rejects.toThrow(/DescribeEndpoints.*not authorized/);
      expect(started()).toMatchObject([{ input: { loadId: 'forgotten' } }]);
    });
  });
});
