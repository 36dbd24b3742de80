import { DeadlineError } from '../errors.ts';
import { decideSuccess } from '../report/outcome.ts';
import type { Load } from '../services.ts';
import { done, pollAgain } from '../step.ts';
import type { StepAnswer } from '../step.ts';
import { acknowledgedDocument } from '../store/documents.ts';
import { unlessClosed } from './open-load.ts';
import type { Steps } from './strategy.ts';
import { tellWaitingFor } from './waiting-for.ts';

/** For whoever watches, who is told again and again, and for the failure, which is all that is left. */
const PARTITIONS_WATCHED = 3;
const PARTITIONS_IN_FAILURE = 20;
const LONGEST_WORDS = 200;

/**
 * Waits until the consumer has read what was loaded, or somebody acknowledges it: then the load has succeeded. A consumer
 * that reads in the last moment has read: the deadline is looked at last.
 * @throws DeadlineError saying what lags, LoadClosedError, what findLag throws
 */
export async function awaitConsumer(load: Load, findLag: Steps['findLag']): Promise<StepAnswer> {
  const { attempt, request, startedAt, deadlineAt, documents, services } = load;
  const lag = (await isAcknowledged(load)) ? [] : findLag && (await unlessClosed(load, () => findLag(load)));
  if (lag?.length === 0) {
    // A load that was closed meanwhile has lost what could lag.
    await decideSuccess(documents, attempt, 'its consumer had read it');
    await tellWaitingFor(load, undefined);
    return done;
  }
  const now = services.now();
  if (now >= deadlineAt) throw new DeadlineError(describeLate(load, lag));
  const unread = lag === undefined ? 'acknowledge the load' : `read: ${shorten(lag, PARTITIONS_WATCHED)}`;
  await tellWaitingFor(load, `the consumer ${request.consumer} to ${unread}`);
  return pollAgain({ startedAt, now, deadlineAt });
}

async function isAcknowledged({ documents }: Load): Promise<boolean> {
  return (await documents.read(acknowledgedDocument)) !== undefined;
}

function describeLate({ request, deadlineAt }: Load, lag: string[] | undefined): string {
  const late = `by the load's deadline (${deadlineAt.toISOString()})`;
  if (lag === undefined) return `The consumer ${request.consumer} had not acknowledged the load ${late}.`;
  return `The consumer ${request.consumer} had not read everything ${late}: ${shorten(lag, PARTITIONS_IN_FAILURE)}.`;
}

function shorten(lag: string[], most: number): string {
  const words = lag.slice(0, most).map((each) => (each.length > LONGEST_WORDS ? `${each.slice(0, 197)}...` : each));
  const left = lag.length - words.length;
  return words.join('; ') + (left > 0 ? `; and ${left} more partitions` : '');
}
