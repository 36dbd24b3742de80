import type { Plan } from '../src/model.ts';
import { failureOf } from '../src/report/failure.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { answerFailure } from './answer-end.ts';
import { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { invoke, type LambdaError } from './invoke.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { describePlan } from './plan-text.ts';
import { readRequest, type ReadRequest } from './read-request.ts';
import { answer, say, type Terminal } from './terminal.ts';

/** Says how a request would be loaded and why. Nothing is written anywhere. */
export async function plan(file: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const request = await readRequest(file, terminal);
  const { store, deployment } = await openPlace(options);
  const decided =
    deployment === undefined
      ? await planHere(request, store, terminal)
      : await planThere(request.written, deployment.planFunction);
  if ('errorType' in decided) {
    return answerFailure(terminal, options.json, {}, failureOf(decided.errorType, decided.errorMessage));
  }
  answer(terminal, options.json, decided, () => describePlan(decided));
  return EXIT_STATUS.succeeded;
}

async function planHere({ understood }: ReadRequest, store: LoadStore, terminal: Terminal): Promise<Plan> {
  const { localServices } = await import('../local/local-services.ts');
  const { planLoad } = await import('../src/plan/plan-load.ts');
  const services = localServices({ store, now: terminal.now, print: (line) => say(terminal, line) });
  return (await planLoad(understood, services)).plan;
}

async function planThere(request: unknown, planFunction: string): Promise<Plan | LambdaError> {
  const answered: { plan?: Plan } | LambdaError | null = await invoke(planFunction, { dryRun: true, request });
  if (answered !== null && 'errorType' in answered) return answered;
  if (answered?.plan === undefined) throw new Error(`${planFunction} answered no plan: deploy the stack again.`);
  return answered.plan;
}
