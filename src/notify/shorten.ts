import type { Notification } from '../model.ts';

/**
 * EventBridge, SNS and SQS take 256 KiB a message, counting what is around the notification. One limit for every
 * channel, so that all of a load's receivers are told the same.
 */
const LARGEST_BYTES = 240 * 1_024;
const LONGEST_CAUSE = 4_000;
/** For the sentence that says how many tables are missing. */
const LEFT_OUT_BYTES = 200;

/**
 * The notification itself when it is small enough. Else as many tables as fit, those that were not verified first, with
 * `shortened` saying what is missing and where the whole result is.
 */
export function shorten(notification: Notification, resultAddress: string): Notification {
  if (bytesOf(notification) <= LARGEST_BYTES) return notification;
  const withoutTables = shortenRest({ ...notification, tables: [], shortened: { leftOut: [], resultAddress } });
  const tables = firstThatFit(notification.tables, LARGEST_BYTES - bytesOf(withoutTables));
  const missing = notification.tables.length - tables.length;
  const leftOut = [
    ...(withoutTables.shortened?.leftOut ?? []),
    ...(missing > 0 ? [`${missing} of ${notification.tables.length} tables`] : []),
  ];
  return { ...withoutTables, tables, shortened: { leftOut, resultAddress } };
}

/** What else can be long: the words of a database, the reasons of a plan. */
function shortenRest({ plan, ...rest }: Notification): Notification {
  const leftOut: string[] = [];
  const { failure } = rest;
  if (failure !== undefined && failure.cause.length > LONGEST_CAUSE) {
    rest.failure = { ...failure, cause: `${failure.cause.slice(0, LONGEST_CAUSE)}…` };
    leftOut.push('a part of failure.cause');
  }
  const keepsPlan = plan !== undefined && bytesOf({ plan, rest }) <= LARGEST_BYTES / 2;
  if (plan !== undefined && !keepsPlan) leftOut.push('plan');
  return {
    ...rest,
    ...(keepsPlan && { plan }),
    ...(rest.shortened && { shortened: { ...rest.shortened, leftOut } }),
  };
}

function firstThatFit(tables: Notification['tables'], roomBytes: number): Notification['tables'] {
  let leftBytes = roomBytes - LEFT_OUT_BYTES;
  const byNews = [...tables.filter(({ verified }) => !verified), ...tables.filter(({ verified }) => verified)];
  return byNews.filter((table) => {
    const bytes = bytesOf(table) + ','.length;
    const fits = bytes <= leftBytes;
    if (fits) leftBytes -= bytes;
    return fits;
  });
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
