import { machineArns } from '../src/config.ts';
import { executionName, loadIdFrom } from '../src/request/load-id.ts';
import { startOnce } from '../src/tear-down/executions.ts';
import { onLambda } from './lambda.ts';

/** "InitialLoadRequested", as EventBridge delivers it: at least once. `detail` is { loadId?, request }. */
interface LoadRequested {
  id: string;
  detail: { loadId?: unknown; request?: unknown };
}

/** A load is started once, however often its event is delivered. What is wrong with the request, Accept says. */
export const handler = onLambda(async ({ id, detail }: LoadRequested) => {
  const loadId = loadIdFrom(typeof detail.loadId === 'string' ? detail.loadId : id);
  const name = executionName(loadId, 1);
  const { request } = detail;
  return {
    execution: name,
    started: await startOnce(machineArns().initialLoad, name, { loadId, attempt: 1, request }),
  };
});
