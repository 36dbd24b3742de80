import type { Notification, NotificationRecord } from '../model.ts';
import type { NotifyChannel } from '../request/schema.ts';

/** Sends a notification by one kind of channel. Never throws: a failed notification never undoes a verified load. */
export type Send<C extends NotifyChannel['channel'] = NotifyChannel['channel']> = (
  channel: Extract<NotifyChannel, { channel: C }>,
  notification: Notification,
  resolveSecret: (reference: string, field: string) => Promise<string>,
) => Promise<NotificationRecord>;

export type Channels = { [C in NotifyChannel['channel']]: Send<C> };
