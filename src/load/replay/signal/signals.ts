import type { Load } from '../../../services.ts';

/** What is said of a failure of the source first. */
export const DOING = "Asking for the connector's snapshot";

/** The request's place for signals. @throws Error when it names none */
export function signalsOf({ request }: Load): { table: string; notifications: string } {
  if (!request.topics?.signals) throw new Error('The request names no topics.signals.');
  return request.topics.signals;
}
