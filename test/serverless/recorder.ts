import { AsyncLocalStorage } from 'node:async_hooks';
import { handlers } from '../../local/handlers.ts';
import { actionsOf } from './called-actions.ts';
import { allowedActionsOf, functionsOf, type Package } from './template.ts';

/** What each function asks of a service, while loads run. */
export interface Recorder {
  /** For the middleware of the functions' client. @param commandName `CreateJobCommand` */
  hear(commandName: unknown): void;
  /** What runs in it is that function's, by its key in config/functions-*.yml. */
  as<T>(key: string, work: () => T): T;
  /** By function, the service's actions (`glue:`) that its calls needed so far. */
  needed(stack: Package, service: string): Record<string, string[]>;
}

/** From now on every handler that a machine calls is recorded. */
export function recordCalls(): Recorder {
  const atWork = new AsyncLocalStorage<string>();
  const called = new Map<string, Set<string>>();
  const as = <T>(key: string, work: () => T): T => atWork.run(key, work);
  for (const [key, handler] of Object.entries(handlers)) {
    handlers[key] = (input, context) => as(key, () => handler(input, context));
  }
  return {
    as,
    hear(commandName) {
      const key = atWork.getStore();
      if (key === undefined) throw new Error(`No function is at work that could call ${String(commandName)}.`);
      called.set(key, (called.get(key) ?? new Set()).add(String(commandName).replace(/Command$/, '')));
    },
    needed(stack, service) {
      const counts = [...called].map(([key, operations]) => `${key} ${operations.size}`);
      console.log(`Operations of ${service} called: ${counts.join(', ')}`);
      const keys = new Set([...functionsOf(stack).map(({ key }) => key), ...called.keys()]);
      return byKey([...keys], (key) => [...(called.get(key) ?? [])].flatMap(actionsOf), service);
    },
  };
}

/** By function, the service's actions that its packaged role allows. */
export function allowed(stack: Package, service: string): Record<string, string[]> {
  const keys = functionsOf(stack).map(({ key }) => key);
  return byKey(keys, (key) => allowedActionsOf(stack, key), service);
}

function byKey(keys: string[], actions: (key: string) => string[], service: string): Record<string, string[]> {
  const ofService = (key: string) => [...new Set(actions(key))].filter((action) => action.startsWith(service));
  return Object.fromEntries(keys.map((key) => [key, ofService(key).toSorted()]));
}
