import type { Failure, LoadResult } from '../model.ts';
import { failureOf, failureOfCaught } from '../report/failure.ts';
import type { CaughtError } from '../report/failure.ts';
import { failureOfLoad } from '../report/outcome.ts';
import { buildResult } from '../report/result.ts';
import type { Services } from '../services.ts';
import { LoadDocuments, outcomeDocument, resultDocument, stateDocument } from '../store/documents.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** How the execution ends: with the result, or as a failure that Step Functions shows. */
export type End =
  | { status: 'SUCCEEDED'; result: LoadResult | { result: string } }
  | ({ status: 'FAILED' } & ShownFailure);
/** `cause` is a sentence and the address of the result, when there is one. */
export interface ShownFailure {
  error: string;
  cause: string;
}
/** The main machine's state after tear-down. */
export interface EndInput extends TearDownInput {
  tearDownProblem?: CaughtError;
}

/** An execution's output may have 256 KiB; a load of a thousand tables is told by its result's address. */
const LARGEST_RESULT_BYTES = 180 * 1024;
const LONGEST_CAUSE = 8_000;

export function explainRefusal(caught: CaughtError): ShownFailure {
  return shown(failureOfCaught(caught));
}

/**
 * Reads the result that tear-down wrote; if tear-down itself broke, says what is known without it. An attempt that made
 * nothing left no result: then what ended it is all there is to say.
 */
export async function reportEnd(input: EndInput, services: Services): Promise<End> {
  const documents = new LoadDocuments(services.store, input.loadId);
  const result = await endResult(input, services, documents);
  const address = documents.addressOf(resultDocument);
  if (result === undefined) {
    const superseded = () =>
      failureOf('SupersededError', `Attempt ${input.attempt} at ${input.loadId} was superseded.`);
    return { status: 'FAILED', ...shown(input.failure ? failureOfCaught(input.failure) : superseded()) };
  }
  if (result.status === 'FAILED') {
    return { status: 'FAILED', ...shown(result.failure ?? failureOf('Error', 'The load failed.'), address) };
  }
  const fits = Buffer.byteLength(JSON.stringify(result)) <= LARGEST_RESULT_BYTES;
  return { status: 'SUCCEEDED', result: fits ? result : { result: address } };
}

async function endResult(
  input: EndInput,
  services: Services,
  documents: LoadDocuments,
): Promise<LoadResult | undefined> {
  const result = await documents.read(resultDocument);
  if (result?.attempt === input.attempt) return result;
  const state = await documents.read(stateDocument);
  if (state?.attempt !== input.attempt) return undefined;
  if ((await documents.read(outcomeDocument)) === undefined) {
    const failure = await failureOfLoad(documents, input.failure);
    await documents.write(outcomeDocument, { attempt: state.attempt, ...(failure && { failure }) });
  }
  const finishedAt = services.now().toISOString();
  const written = await buildResult(documents, state, { tearDown: 'incomplete', finishedAt });
  const detail = input.tearDownProblem && failureOfCaught(input.tearDownProblem).cause;
  written.tornDown.push({ type: 'step', id: 'Tear down', status: 'failed', ...(detail !== undefined && { detail }) });
  await documents.write(resultDocument, written);
  return written;
}

function shown({ error, cause }: Failure, address?: string): ShownFailure {
  const shortened = cause.length > LONGEST_CAUSE ? `${cause.slice(0, LONGEST_CAUSE - 3)}...` : cause;
  return { error, cause: address === undefined ? shortened : `${shortened} The result is ${address}` };
}
