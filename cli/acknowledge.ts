import { acknowledgeLoad, type Acknowledgement } from '../src/load/acknowledge.ts';
import { failureOf } from '../src/report/failure.ts';
import { parseLoadId } from '../src/request/load-id.ts';
import { answerFailure } from './answer-end.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { invoke, type LambdaError } from './invoke.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { answer, type Terminal } from './terminal.ts';

/** Says for the consumer that it has read what was loaded, so that the load that waits for it can end. */
export async function acknowledge(id: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const loadId = parseLoadId(id);
  const { store, deployment } = await openPlace(options);
  const answered =
    deployment === undefined
      ? await acknowledgeLoad({ loadId }, { store, now: terminal.now })
      : await acknowledgeThere(loadId, deployment.acknowledgeFunction);
  if ('errorType' in answered) {
    return answerFailure(terminal, options.json, { loadId }, failureOf(answered.errorType, answered.errorMessage));
  }
  const { attempt, acknowledgedAt, by } = answered;
  answer(terminal, options.json, answered, () => [
    `${loadId}, attempt ${attempt}: acknowledged at ${acknowledgedAt}${by === undefined ? '' : ` by ${by}`}`,
  ]);
  return EXIT_STATUS.succeeded;
}

async function acknowledgeThere(loadId: string, functionName: string): Promise<Acknowledgement | LambdaError> {
  const answered = await invoke(functionName, { loadId });
  if (answered !== null && ('errorType' in answered || 'acknowledgedAt' in answered)) {
    return answered as Acknowledgement | LambdaError;
  }
  throw new Error(`${functionName} answered no acknowledgement: deploy the stack again.`);
}
