import type { TablePlan } from '../../../model.ts';
import { transformOf } from '../../../request/table-transform.ts';
import type { Load } from '../../../services.ts';
import { addressOf, ROWS_FOLDER } from '../addresses.ts';
import type { JobRows } from './job-document.ts';

/** The folder of the load's own with a table's rows: each start has others, so that none is taken for another's. */
export function rowsFolder(start: string, number: number): string {
  return `${ROWS_FOLDER}${start}/${number}/`;
}

/** @param number of the table in the plan, from 1 */
export function jobRowsOf(
  load: Pick<Load, 'loadId' | 'request' | 'services'>,
  start: string,
  { table, number }: { table: TablePlan; number: number },
): JobRows {
  const key = keyOf(load, table);
  return { folder: addressOf(load, rowsFolder(start, number)), ...(key && { key }) };
}

/**
 * The source's own, as the live topic has it. None where a message would show with it what a column is masked to hide, nor
 * of the rows that a module makes: nobody knows which of the source's they are.
 */
function keyOf({ request }: Pick<Load, 'request'>, { source, key }: TablePlan): string[] | undefined {
  if (request.transform?.script !== undefined) return undefined;
  const { mask = [] } = transformOf(request, source);
  return key?.some((name) => mask.includes(name)) ? undefined : key;
}
