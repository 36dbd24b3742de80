import type { Channels } from './channel.ts';
import { sendToEventBridge } from './eventbridge.ts';
import { sendToSns } from './sns.ts';
import { sendToSqs } from './sqs.ts';
import { sendToWebhook } from './webhook.ts';

/** The channels of a deployment. A new one is a file, a line here, and its fields in the request's schema. */
export const channels: Channels = {
  eventbridge: sendToEventBridge,
  sns: sendToSns,
  sqs: sendToSqs,
  webhook: (channel, notification, sending) => sendToWebhook(channel, notification, sending),
};
