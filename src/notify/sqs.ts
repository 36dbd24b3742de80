import { sqs } from '../aws/clients.ts';
import type { Send } from './channel.ts';
import { fifoFields, messageAttributes } from './queue-message.ts';

/** The message's body is the notification as JSON; type, dataset and consumer are attributes. */
export const sendToSqs: Send<'sqs'> = async ({ channel, queueUrl }, notification) => {
  const { client, sdk } = await sqs();
  const command = new sdk.SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: JSON.stringify(notification),
    MessageAttributes: messageAttributes(notification),
    ...fifoFields(queueUrl, notification),
  });
  await client.send(command);
  return { channel, status: 'sent' };
};
