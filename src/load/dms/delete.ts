import { callDms } from './calls.ts';

/** `not now`: DMS says that something uses it still, or that it is changing. */
export type Deletion = 'asked' | 'not now' | 'gone';

/** @throws LoadFailedError when DMS refuses for good, TransientError */
export function askToDelete(doing: string, send: Parameters<typeof callDms<unknown>>[1]): Promise<Deletion> {
  return callDms<Deletion>(
    doing,
    async (dms) => {
      await send(dms);
      return 'asked';
    },
    { ResourceNotFoundFault: 'gone', InvalidResourceStateFault: 'not now' },
  );
}
