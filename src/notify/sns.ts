import { sns } from '../aws/clients.ts';
import type { Send } from './channel.ts';
import { fifoFields, messageAttributes } from './queue-message.ts';

/** The message is the notification as JSON; type, dataset and consumer are attributes, to filter by. */
export const sendToSns: Send<'sns'> = async ({ channel, topicArn }, notification) => {
  const { client, sdk } = await sns();
  const command = new sdk.PublishCommand({
    TopicArn: topicArn,
    Message: JSON.stringify(notification),
    MessageAttributes: messageAttributes(notification),
    ...fifoFields(topicArn, notification),
  });
  await client.send(command);
  return { channel, status: 'sent' };
};
