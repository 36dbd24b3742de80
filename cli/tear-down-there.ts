import { setTimeout as sleep } from 'node:timers/promises';
import { stepFunctions } from '../src/aws/clients.ts';
import { executionArnOf, tornDownByHand } from '../src/tear-down/executions.ts';
import { describe, type Deployment } from './remote.ts';
import type { Standing } from './standing.ts';
import { say, type Terminal } from './terminal.ts';

const POLL_MILLISECONDS = 2_000;

/** Aborts the load's execution if it runs, starts the tear-down machine and waits for its end. */
export async function tearDownThere(
  { documents, state, result }: Standing,
  deployment: Deployment,
  terminal: Terminal,
): Promise<void> {
  const { loadId } = documents;
  const attempt = state?.attempt ?? result?.attempt ?? 0;
  const { client, sdk } = await stepFunctions();
  const running = state && (await describe(executionArnOf(deployment.loadMachineArn, state.execution)));
  if (running?.status === 'RUNNING') {
    say(terminal, `Aborting attempt ${attempt}, which is running.`);
    await client.send(
      new sdk.StopExecutionCommand({
        executionArn: running.executionArn,
        error: tornDownByHand.Error,
        cause: tornDownByHand.Cause,
      }),
    );
  }
  // The attempt's own tear-down has the attempt's name, and a name can be used once: this one says when it was asked for.
  const name = `${loadId}-${attempt}-${terminal
    .now()
    .toISOString()
    .replaceAll(/[^0-9]/g, '')}`;
  const input = JSON.stringify({
    loadId,
    attempt,
    discard: true,
    failure: tornDownByHand,
  });
  const started = await client.send(
    new sdk.StartExecutionCommand({ stateMachineArn: deployment.tearDownMachineArn, name, input }),
  );
  say(terminal, `Tearing down: ${started.executionArn}`);
  while ((await describe(started.executionArn!))?.status === 'RUNNING') await sleep(POLL_MILLISECONDS);
}
