import type { Delivery, Notification } from '../src/model.ts';
import type { Channels } from '../src/notify/channel.ts';
import { channels } from '../src/notify/channels.ts';

/**
 * The channels of a local run: a webhook is really called; what needs an AWS account is printed instead.
 * @param print takes a text of several lines
 */
export function printedChannels(print: (text: string) => void): Channels {
  const show = (channel: string, address: string, notification: Notification): Promise<Delivery> => {
    print(`${notification.type} to ${channel} ${address}:\n${JSON.stringify(notification, undefined, 2)}`);
    return Promise.resolve({ channel, status: 'printed' });
  };
  return {
    eventbridge: ({ channel, busName }, notification) => show(channel, busName ?? 'default', notification),
    sns: ({ channel, topicArn }, notification) => show(channel, topicArn, notification),
    sqs: ({ channel, queueUrl }, notification) => show(channel, queueUrl, notification),
    webhook: channels.webhook,
  };
}
