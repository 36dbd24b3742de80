import { notifyConsumer } from '../notify/notify.ts';
import { buildNotification } from '../report/notification.ts';
import type { Services } from '../services.ts';
import { notificationsDocument, planDocument, requestDocument, resultDocument } from '../store/documents.ts';
import { readClosedLoad } from './closed-load.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** Tells the consumer, once, of a load that did not succeed: also of one whose success it was told, and did not read. */
export async function notifyFailure(input: TearDownInput, services: Services): Promise<void> {
  const closed = await readClosedLoad(input, services);
  if (closed?.outcome.failure === undefined) return;
  const { documents, state, outcome } = closed;
  const earlier = (await documents.read(notificationsDocument)) ?? [];
  if (earlier.some(({ type }) => type === 'InitialLoadFailed')) return;
  const request = await documents.need(requestDocument);
  const notification = await buildNotification(documents, state, outcome.failure);
  const resultAddress = documents.addressOf(resultDocument);
  const records = await notifyConsumer(request, notification, resultAddress, services);
  // Where nobody is awaited a success that was about to be told when the load was closed was not.
  const told = (await documents.read(planDocument))?.awaitsConsumer ? earlier : [];
  await documents.write(notificationsDocument, [...told, ...records]);
}
