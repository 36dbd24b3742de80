import { RequestError } from '../src/errors.ts';
import { answerResult } from './answer-end.ts';
import type { ExitStatus } from './exit-status.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { findStanding } from './standing.ts';
import type { Terminal } from './terminal.ts';

/** The full result of a load that has ended. @throws RequestError while it has not */
export async function report(loadId: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { store } = await openPlace(options);
  const { result } = await findStanding(store, loadId);
  if (result !== undefined) return answerResult(terminal, options.json, result);
  throw new RequestError({
    field: 'load',
    value: loadId,
    wrong: 'it has not ended, so there is no report yet',
    advice: `See where it stands with: initial-load status ${loadId}${options.local ? ' --local' : ''}`,
  });
}
