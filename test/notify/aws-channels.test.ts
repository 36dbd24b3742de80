import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { useRegion } from '../../src/aws/clients.ts';
import { channels } from '../../src/notify/channels.ts';
import { notification, sending } from './notification.ts';

useRegion('eu-central-1');
const events = mockClient(EventBridgeClient);
const topics = mockClient(SNSClient);
const queues = mockClient(SQSClient);
beforeEach(() => {
  events.reset();
  topics.reset();
  queues.reset();
});

const body = JSON.stringify(notification);
const attributes = {
  type: { DataType: 'String', StringValue: 'InitialLoadSucceeded' },
  dataset: { DataType: 'String', StringValue: 'employees' },
  consumer: { DataType: 'String', StringValue: 'mailer' },
};
const fifo = {
  MessageGroupId: 'employees',
  MessageDeduplicationId: 'employees-to-mailer-1-InitialLoadSucceeded',
};

describe('EventBridge', () => {
  test('gets the notification as an event’s detail', async () => {
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
    const record = await channels.eventbridge({ channel: 'eventbridge', busName: 'orders' }, notification, sending);
    expect(record).toEqual({ channel: 'eventbridge', status: 'sent' });
    expect(events.commandCalls(PutEventsCommand)[0]?.args[0].input).toEqual({
      Entries: [{ Source: 'initial-load', DetailType: 'InitialLoadSucceeded', Detail: body, EventBusName: 'orders' }],
    });
  });

  test('that refuses the entry of a call that succeeds has not been told', async () => {
    const refused = { ErrorCode: 'InternalFailure', ErrorMessage: 'Try later' };
    events.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [refused] });
    expect(await channels.eventbridge({ channel: 'eventbridge' }, notification, sending)).toEqual({
      channel: 'eventbridge',
      status: 'failed',
      detail: 'EventBridge refused the event: InternalFailure Try later',
    });
  });
});

describe.each([
  ['a topic', '', {}],
  ['a FIFO topic', '.fifo', fifo],
])('%s', (_what, suffix, more) => {
  test('gets the notification with attributes to filter by', async () => {
    topics.on(PublishCommand).resolves({});
    const topicArn = `arn:aws:sns:eu-central-1:123456789012:loads${suffix}`;
    const record = await channels.sns({ channel: 'sns', topicArn }, notification, sending);
    expect(record).toEqual({ channel: 'sns', status: 'sent' });
    expect(topics.commandCalls(PublishCommand)[0]?.args[0].input).toEqual({
      TopicArn: topicArn,
      Message: body,
      MessageAttributes: attributes,
      ...more,
    });
  });
});

describe.each([
  ['a queue', '', {}],
  ['a FIFO queue', '.fifo', fifo],
])('%s', (_what, suffix, more) => {
  test('gets the notification with attributes', async () => {
    queues.on(SendMessageCommand).resolves({});
    const queueUrl = `https://sqs.eu-central-1.amazonaws.com/123456789012/loads${suffix}`;
    const record = await channels.sqs({ channel: 'sqs', queueUrl }, notification, sending);
    expect(record).toEqual({ channel: 'sqs', status: 'sent' });
    expect(queues.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageAttributes: attributes,
      ...more,
    });
  });
});
