import type { NotificationRecord } from '../model.ts';
import { notifyConsumer } from '../notify/notify.ts';
import { buildNotification } from '../report/notification.ts';
import { assertNotFailed, decideSuccess } from '../report/outcome.ts';
import type { Load } from '../services.ts';
import { notificationsDocument, resultDocument, stateDocument } from '../store/documents.ts';

const UNCONFIRMED = 'Whether it was sent is not known.';
const BEFORE = 'its consumer was told of its success';

/** Written down before anybody was told. */
function isUnconfirmed(records: NotificationRecord[]): boolean {
  return records.some(({ detail }) => detail === UNCONFIRMED);
}

/**
 * Tells the consumer that it may start. That it is about to be told is written down first. A load may be closed at the same
 * moment: of the two only one decides how it ended (src/report/outcome.ts). Called again after a lost answer, it tells again
 * what may not have been told.
 * @throws LoadClosedError when the load has failed meanwhile
 */
export async function notifySuccess({ attempt, request, plan, documents, services }: Load): Promise<void> {
  const notification = await buildNotification(documents, await documents.need(stateDocument), undefined);
  const { type } = notification;
  const unconfirmed = request.notify.map(({ channel }) => ({
    type,
    channel,
    status: 'failed' as const,
    detail: UNCONFIRMED,
  }));
  const isFirst = await documents.create(notificationsDocument, unconfirmed);
  if (!isFirst && !isUnconfirmed(await documents.need(notificationsDocument))) return;
  if (plan.awaitsConsumer) await assertNotFailed(documents, BEFORE);
  else await decideSuccess(documents, attempt, BEFORE);
  const resultAddress = documents.addressOf(resultDocument);
  const records = await notifyConsumer(request, notification, resultAddress, services);
  // An awaited load may have been closed meanwhile, and its failure told.
  const others = (await documents.need(notificationsDocument)).filter((other) => other.type !== type);
  await documents.write(notificationsDocument, [...records, ...others]);
}
