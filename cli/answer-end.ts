import type { Failure, LoadResult } from '../src/model.ts';
import { EXIT_STATUS, exitStatusOf, exitStatusOfFailure, type ExitStatus } from './exit-status.ts';
import type { End } from '../local/run-load.ts';
import { describeResult } from './result-text.ts';
import { answer, say, type Terminal } from './terminal.ts';

/** Prints how a load ended and answers the exit status that says it. */
export function answerEnd(terminal: Terminal, json: boolean | undefined, loadId: string, end: End): ExitStatus {
  switch (end.known) {
    case 'result':
      return end.result.failure?.error === 'RequestError' && !json
        ? answerFailure(terminal, json, {}, end.result.failure)
        : answerResult(terminal, json, end.result);
    case 'failure':
      return answerFailure(terminal, json, { loadId }, end.failure);
    case 'nothing':
      say(terminal, `How ${loadId} ended is not known: ${end.why}`);
      say(terminal, `Look again with: initial-load status ${loadId}`);
      if (json) answer(terminal, json, { loadId, status: 'UNKNOWN', why: end.why }, () => []);
      return EXIT_STATUS.unknown;
  }
}

export function answerResult(terminal: Terminal, json: boolean | undefined, result: LoadResult): ExitStatus {
  answer(terminal, json, result, () => describeResult(result));
  return exitStatusOf(result);
}

/** A failure of which there is no result: one line, and with --json a document all the same. */
export function answerFailure(
  terminal: Terminal,
  json: boolean | undefined,
  known: { loadId?: string },
  failure: Failure,
): ExitStatus {
  // The message of a RequestError says what to do already.
  const advice = failure.error === 'RequestError' ? '' : ` ${failure.advice}`;
  say(terminal, `initial-load: ${failure.cause}${advice}`);
  if (json) answer(terminal, json, { ...known, status: 'FAILED', failure }, () => []);
  return exitStatusOfFailure(failure);
}
