import { executionArnOf } from '../src/tear-down/executions.ts';
import { answerEnd, answerResult } from './answer-end.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { follow } from './follow.ts';
import { listenForInterrupt } from './interrupt.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { findStanding } from './standing.ts';
import { say, type Terminal } from './terminal.ts';

/** Shows the progress of a load that somebody started, until its end; of one that has ended, the result. */
export async function watch(loadId: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { store, deployment } = await openPlace(options);
  const { documents, state, result } = await findStanding(store, loadId);
  if (result !== undefined) return answerResult(terminal, options.json, result);
  const { attempt, execution } = state!;
  const interrupt = listenForInterrupt(
    { first: () => {}, second: () => process.exit(EXIT_STATUS.unknown) },
    terminal.now,
  );
  say(terminal, `Watching ${loadId}, attempt ${attempt}`);
  try {
    const end = await follow(
      {
        documents,
        attempt,
        ...(deployment && { executionArn: executionArnOf(deployment.loadMachineArn, execution) }),
        signal: interrupt.signal,
        pollMilliseconds: deployment === undefined ? 200 : 2_000,
      },
      terminal,
    );
    return answerEnd(terminal, options.json, loadId, end);
  } finally {
    interrupt.release();
  }
}
