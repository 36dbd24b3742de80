import { RequestError } from '../errors.ts';
import type { LoadStore } from './load-store.ts';

export function unknownLoad(store: LoadStore, loadId: string): RequestError {
  return new RequestError({
    field: 'load',
    value: loadId,
    wrong: `there is no such load in ${store.address}`,
    advice: 'Check the name, and the stack or directory it ran in',
  });
}
