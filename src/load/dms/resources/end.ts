import { callDms } from '../calls.ts';

/** `not now`: DMS says that something uses it still, or that it is changing. */
export type Ending = 'asked' | 'not now' | 'gone';

/** To stop or delete something. @throws LoadFailedError when DMS refuses for good, TransientError */
export function askToEnd(doing: string, send: Parameters<typeof callDms<unknown>>[1]): Promise<Ending> {
  return callDms<Ending>(
    doing,
    async (dms) => {
      await send(dms);
      return 'asked';
    },
    { ResourceNotFoundFault: 'gone', InvalidResourceStateFault: 'not now' },
  );
}
