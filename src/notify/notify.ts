import type { Delivery, Notification, NotificationRecord } from '../model.ts';
import type { LoadRequest, NotifyChannel } from '../request/schema.ts';
import type { Services } from '../services.ts';
import type { Send } from './channel.ts';
import { shorten } from './shorten.ts';

/**
 * Sends the notification by every channel that the request names, in its order. Never throws: a failed notification
 * never undoes a verified load, it is recorded with its reason.
 */
export async function notifyConsumer(
  request: Pick<LoadRequest, 'notify'>,
  notification: Notification,
  resultAddress: string,
  services: Pick<Services, 'channels' | 'resolveSecret' | 'now'>,
): Promise<NotificationRecord[]> {
  const message = shorten(notification, resultAddress);
  const deliveries = request.notify.map((channel) => notifyBy(channel, message, services));
  return (await Promise.all(deliveries)).map((delivery) => ({ type: notification.type, ...delivery }));
}

async function notifyBy(
  channel: NotifyChannel,
  notification: Notification,
  services: Pick<Services, 'channels' | 'resolveSecret' | 'now'>,
): Promise<Delivery> {
  try {
    // Each kind of channel has the function for it under its own name, which the compiler can't follow.
    const send = services.channels[channel.channel] as Send;
    return await send(channel, notification, {
      now: () => services.now(),
      resolveSecret: (reference, field) => services.resolveSecret(reference, field),
    });
  } catch (error) {
    const { name, message } = error as Error;
    return { channel: channel.channel, status: 'failed', detail: `${name}: ${message}` };
  }
}
