import { isUnconfirmed } from '../load/notify-success.ts';
import { notifyConsumer } from '../notify/notify.ts';
import { buildNotification } from '../report/notification.ts';
import type { Services } from '../services.ts';
import { notificationsDocument, requestDocument, resultDocument } from '../store/documents.ts';
import { readClosedLoad } from './closed-load.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** Tells the consumer, once, of a load that did not succeed. */
export async function notifyFailure(input: TearDownInput, services: Services): Promise<void> {
  const closed = await readClosedLoad(input, services);
  if (closed?.outcome.failure === undefined) return;
  const { documents, state, outcome } = closed;
  const earlier = await documents.read(notificationsDocument);
  // A success that was about to be told when the load was closed was not.
  if (earlier !== undefined && !isUnconfirmed(earlier)) return;
  const request = await documents.need(requestDocument);
  const notification = await buildNotification(documents, state, outcome.failure);
  const resultAddress = documents.addressOf(resultDocument);
  const records = await notifyConsumer(request, notification, resultAddress, services);
  await documents.write(notificationsDocument, records);
}
