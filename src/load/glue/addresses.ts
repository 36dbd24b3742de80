import type { OwnedLoad } from '../owned-load.ts';

/** The folder of the load's documents with what a job runs. */
export const SCRIPT_FOLDER = 'glue/script/';
/** The folder of the load's with what jobs leave there of rows that go to topics. */
export const ROWS_FOLDER = 'glue/rows/';
/** Where a job begins; the other files beside it are what it imports. */
export const MAIN_SCRIPT = 'initial_load.py';
/** The request's own module, as it was when the load began. */
export const REQUEST_SCRIPT = 'request_script.py';

/**
 * Where a job finds something of the load's folder in the load store.
 * @param path relative to the folder: `glue/script/initial_load.py`
 * @throws Error for what fit refuses
 */
export function addressOf({ loadId, services }: Pick<OwnedLoad, 'loadId' | 'services'>, path: string): string {
  const { glue } = services.deployment;
  if (!glue) throw new Error('The deployment names no load store that a Glue job reaches.');
  return `${glue.storeAddress.replace(/\/$/, '')}/loads/${loadId}/${path}`;
}
