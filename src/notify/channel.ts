import type { Delivery, Notification } from '../model.ts';
import type { NotifyChannel } from '../request/schema.ts';

/** What sending needs of the world. */
export interface Sending {
  now(): Date;
  resolveSecret(reference: string, field: string): Promise<string>;
}

/** Sends a notification by one kind of channel. What it throws, notifyConsumer records. */
export type Send<C extends NotifyChannel['channel'] = NotifyChannel['channel']> = (
  channel: Extract<NotifyChannel, { channel: C }>,
  notification: Notification,
  sending: Sending,
) => Promise<Delivery>;

export type Channels = { [C in NotifyChannel['channel']]: Send<C> };
