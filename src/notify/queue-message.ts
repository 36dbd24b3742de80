import type { Notification } from '../model.ts';

/** The same notification sent again, after a lost answer, has the same id. */
export function deliveryId({ loadId, attempt, type }: Notification): string {
  return `${loadId}-${attempt}-${type}`;
}

/** For SNS and SQS alike: what subscribers filter by. */
export function messageAttributes({ type, dataset, consumer }: Notification) {
  const text = (value: string) => ({ DataType: 'String', StringValue: value });
  return { type: text(type), dataset: text(dataset), consumer: text(consumer) };
}

/** FIFO topics and queues, whose names end so, refuse messages without a group. */
export function fifoFields(address: string, notification: Notification) {
  if (!address.endsWith('.fifo')) return {};
  return { MessageGroupId: notification.dataset, MessageDeduplicationId: deliveryId(notification) };
}
