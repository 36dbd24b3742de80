import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plan, TableVerification } from '../../src/model.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import {
  acknowledgedDocument,
  LoadDocuments,
  planDocument,
  stateDocument,
  verificationDocument,
  type LoadState,
} from '../../src/store/documents.ts';
import { type } from './terminal.ts';

describe('acknowledge on this machine', () => {
  let directory: string;
  let documents: LoadDocuments;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'acknowledge-test-'));
    documents = new LoadDocuments(new DirectoryStore(directory), 'mailer-1');
    await documents.write(stateDocument, { loadId: 'mailer-1', attempt: 2, status: 'open' } as LoadState);
    await documents.write(planDocument, { strategy: 'kafka-topic', awaitsConsumer: true } as Plan);
    await documents.write(verificationDocument, [{ verified: true } as TableVerification]);
  });
  afterEach(() => rm(directory, { recursive: true }));
  const acknowledge = (...more: string[]) =>
    type(['acknowledge', 'mailer-1', '--local', '--store', directory, ...more]);

  test('writes into the store, in one line and once', async () => {
    const first = await acknowledge();
    const { acknowledgedAt } = await documents.need(acknowledgedDocument);
    expect(first).toEqual({
      status: 0,
      stdout: `mailer-1, attempt 2: acknowledged at ${acknowledgedAt}\n`,
      stderr: '',
    });
    expect(await acknowledge()).toEqual(first);
  });

  test('--json prints one document', async () => {
    const { stdout } = await acknowledge('--json');
    expect(JSON.parse(stdout)).toEqual({
      loadId: 'mailer-1',
      attempt: 2,
      ...(await documents.read(acknowledgedDocument)),
    });
  });

  test('a load that does not await its consumer is a wrong request', async () => {
    await documents.write(planDocument, { strategy: 'direct' } as Plan);
    const { status, stdout, stderr } = await acknowledge();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^initial-load: load \("mailer-1"\): there is nothing to acknowledge.*\n$/);
    expect(await documents.read(acknowledgedDocument)).toBeUndefined();
  });

  test('a load that has ended is a wrong request, with --json as a document', async () => {
    await documents.write(stateDocument, { loadId: 'mailer-1', attempt: 2, status: 'finished' } as LoadState);
    const { status, stdout } = await acknowledge('--json');
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'FAILED', failure: { error: 'RequestError' } });
  });
});

describe('acknowledge with a deployed stack', () => {
  const sfn = mockClient(SFNClient);
  const functions = mockClient(LambdaClient);
  const stateMachineArn = 'arn:aws:states:eu-west-1:123456789012:stateMachine:shop-prod-initial-load';
  const answers = (payload: unknown) =>
    functions.on(InvokeCommand).resolves({ Payload: Buffer.from(JSON.stringify(payload)) as never });
  beforeEach(() => {
    sfn.reset();
    functions.reset();
    const machine = { name: 'shop-prod-initial-load', stateMachineArn, type: 'STANDARD' as const };
    sfn.on(ListStateMachinesCommand).resolves({ stateMachines: [{ ...machine, creationDate: new Date(0) }] });
  });
  const acknowledge = (...more: string[]) => type(['acknowledge', 'mailer-1', '--stack', 'shop-prod', ...more]);

  test('asks the deployed function, and needs no right to the store', async () => {
    const acknowledged = { loadId: 'mailer-1', attempt: 1, acknowledgedAt: '2026-03-01T12:00:00.000Z', by: 'mailer' };
    answers(acknowledged);
    expect(await acknowledge()).toEqual({
      status: 0,
      stdout: 'mailer-1, attempt 1: acknowledged at 2026-03-01T12:00:00.000Z by mailer\n',
      stderr: '',
    });
    expect(JSON.parse((await acknowledge('--json')).stdout)).toEqual(acknowledged);
    const { FunctionName, Payload } = functions.commandCalls(InvokeCommand)[0]!.args[0].input;
    expect([FunctionName, JSON.parse(Payload as string)]).toEqual(['shop-prod-acknowledge', { loadId: 'mailer-1' }]);
  });

  test('a refusal of the function is a wrong request', async () => {
    answers({
      errorType: 'RequestError',
      errorMessage: 'load ("mailer-1"): it has ended, so nobody waits for it. See.',
    });
    expect(await acknowledge()).toEqual({
      status: 2,
      stdout: '',
      stderr: 'initial-load: load ("mailer-1"): it has ended, so nobody waits for it. See.\n',
    });
  });

  test('a stack that is older than the command is not believed', async () => {
    answers({});
    const { status, stderr } = await acknowledge();
    expect(status).toBe(3);
    expect(stderr).toContain('shop-prod-acknowledge answered no acknowledgement: deploy the stack again.');
  });
});
