import { loadOfExecution } from '../load/unwrap-input.ts';
import { executionName } from '../request/load-id.ts';
import type { Services } from '../services.ts';
import { LoadDocuments, stateDocument } from '../store/documents.ts';
import { failureOfStatus, startOnce } from './executions.ts';

/** The detail of "Step Functions Execution Status Change". The input is left out when it has more than 248 KiB. */
export interface StatusChange {
  name: string;
  status: string;
  input?: string | null;
}

/**
 * Starts tear-down for an execution that ended without it: aborted, timed out, or broken off. Under the name that the
 * execution would have used, so that it is started once, whoever does it.
 */
export async function tearDownAfter(change: StatusChange, tearDownArn: string, services: Services): Promise<void> {
  const loadId = loadIdOf(change);
  const state = await new LoadDocuments(services.store, loadId).read(stateDocument);
  // Refused before it was accepted, taken over by a later attempt, or torn down by itself.
  if (state?.execution !== change.name || (state.status !== 'open' && state.status !== 'closed')) return;
  const failure = failureOfStatus(change.status);
  const { attempt } = state;
  await startOnce(tearDownArn, executionName(loadId, attempt), { loadId, attempt, failure });
}

/** Of a bare request, and of an input that the event leaves out, the execution's name says it. */
function loadIdOf({ name, input }: StatusChange): string {
  const wrapped = input ? (JSON.parse(input) as { loadId?: unknown } | null) : null;
  return typeof wrapped?.loadId === 'string' ? wrapped.loadId : loadOfExecution(name).loadId;
}
