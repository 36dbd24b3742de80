import type { TablePlan } from '../../../model.ts';
import { selectColumns, transformOf } from '../../../request/table-transform.ts';
import type { Load } from '../../../services.ts';
import type { JobOutput, JobTransform } from './job-document.ts';
import { columnsOf } from './read.ts';

/** What the request wants done with a table's rows, column by column. */
export function jobTransformOf(load: Pick<Load, 'request' | 'survey' | 'plan'>, table: TablePlan): JobTransform {
  const { filter, deduplicate, cast = {}, mask = [], derive = {}, ...steps } = transformOf(load.request, table.source);
  const outputOf = (source: string, name: string): JobOutput => {
    if (mask.includes(source)) return { name, mask: source };
    const to = Object.hasOwn(cast, source) ? cast[source] : undefined;
    return to === undefined ? { name, copy: source } : { name, cast: source, to };
  };
  // A script is given every column, also one that has no place in the target.
  const outputs =
    load.request.transform?.script === undefined
      ? table.columns.map(({ source, target }) => outputOf(source, target))
      : selectColumns(columnsOf(load, table), steps).map(({ column, as }) => outputOf(column.name, as));
  return {
    ...(filter !== undefined && { filter }),
    ...(deduplicate && {
      deduplicate: {
        key: deduplicate.key,
        ...(deduplicate.keep !== undefined && { keep: deduplicate.keep }),
      },
    }),
    output: [...outputs, ...Object.entries(derive).map(([name, expression]) => ({ name, derive: expression }))],
  };
}
