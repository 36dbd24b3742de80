import { eventBridge } from '../aws/clients.ts';
import type { Send } from './channel.ts';

/** The event's detail is the notification, its detail-type the notification's type. */
export const sendToEventBridge: Send<'eventbridge'> = async ({ channel, busName }, notification) => {
  const { client, sdk } = await eventBridge();
  const entry = {
    Source: 'initial-load',
    DetailType: notification.type,
    Detail: JSON.stringify(notification),
    ...(busName !== undefined && { EventBusName: busName }),
  };
  const answer = await client.send(new sdk.PutEventsCommand({ Entries: [entry] }));
  // An entry that was refused is no error of the call.
  if (answer.FailedEntryCount === 0) return { channel, status: 'sent' };
  const { ErrorCode = 'unknown', ErrorMessage = '' } = answer.Entries?.[0] ?? {};
  return { channel, status: 'failed', detail: `EventBridge refused the event: ${ErrorCode} ${ErrorMessage}`.trim() };
};
