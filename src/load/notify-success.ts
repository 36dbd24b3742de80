import { LoadClosedError } from '../errors.ts';
import type { NotificationRecord } from '../model.ts';
import { notifyConsumer } from '../notify/notify.ts';
import { buildNotification } from '../report/notification.ts';
import type { Load } from '../services.ts';
import { notificationsDocument, outcomeDocument, resultDocument, stateDocument } from '../store/documents.ts';

const UNCONFIRMED = 'Whether it was sent is not known.';

/** Written down before anybody was told. */
export function isUnconfirmed(records: NotificationRecord[]): boolean {
  return records.some(({ detail }) => detail === UNCONFIRMED);
}

/**
 * Tells the consumer that it may start. That it is about to be told is written down first: from then on the load has
 * succeeded, and an abort must not discard rows that a consumer relies on. A load may be closed at the same moment: of
 * the two only one decides how it ended. Called again after a lost answer, it tells again what may not have been told.
 * @throws LoadClosedError when the load has failed meanwhile
 */
export async function notifySuccess({ loadId, attempt, request, documents, services }: Load): Promise<void> {
  const notification = await buildNotification(documents, await documents.need(stateDocument), undefined);
  const unconfirmed = request.notify.map(({ channel }) => ({
    channel,
    status: 'failed' as const,
    detail: UNCONFIRMED,
  }));
  const isFirst = await documents.create(notificationsDocument, unconfirmed);
  if (!isFirst && !isUnconfirmed(await documents.need(notificationsDocument))) return;
  const decides = await documents.create(outcomeDocument, { attempt });
  if (!decides && (await documents.need(outcomeDocument)).failure !== undefined) {
    throw new LoadClosedError(`The load ${loadId} was closed before its consumer was told of its success.`);
  }
  const resultAddress = documents.addressOf(resultDocument);
  const records = await notifyConsumer(request, notification, resultAddress, services);
  await documents.write(notificationsDocument, records);
}
