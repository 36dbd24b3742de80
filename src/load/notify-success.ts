import { notifyConsumer } from '../notify/notify.ts';
import { buildNotification } from '../report/notification.ts';
import type { Load } from '../services.ts';
import { notificationsDocument, resultDocument, stateDocument } from '../store/documents.ts';

const UNCONFIRMED = 'Whether it was sent is not known.';

/**
 * Tells the consumer that it may start. That it is about to be told is written down first: from then on the load has
 * succeeded, and an abort must not discard rows that a consumer relies on. Called again after a lost answer, it tells
 * again what may not have been told.
 */
export async function notifySuccess({ request, documents, services }: Load): Promise<void> {
  const earlier = await documents.read(notificationsDocument);
  if (earlier !== undefined && earlier.every(({ detail }) => detail !== UNCONFIRMED)) return;
  const notification = await buildNotification(documents, await documents.need(stateDocument), undefined);
  const unconfirmed = request.notify.map(({ channel }) => ({
    channel,
    status: 'failed' as const,
    detail: UNCONFIRMED,
  }));
  await documents.write(notificationsDocument, unconfirmed);
  const resultAddress = documents.addressOf(resultDocument);
  const records = await notifyConsumer(request, notification, resultAddress, services);
  await documents.write(notificationsDocument, records);
}
