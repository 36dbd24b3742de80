import { RequestError } from '../errors.ts';
import type { LoadRequest } from './schema.ts';
import { showPath } from './show.ts';
import { transformOf } from './table-transform.ts';

/**
 * Expressions and types are Spark's, which isn't here: the job finds before it reads a row whether they are right.
 * @throws RequestError for a column with which the request does two things that don't go together
 */
export function assertTransformSettings(request: LoadRequest): void {
  for (const table of Object.keys(request.transform ?? {})) {
    const { drop = [], rename = {}, cast = {}, mask = [] } = transformOf(request, table);
    const columns = { rename: Object.keys(rename), cast: Object.keys(cast), mask };
    for (const [step, names] of Object.entries(columns)) {
      const dropped = names.find((name) => drop.includes(name));
      if (dropped === undefined) continue;
      throw new RequestError({
        field: showPath(['transform', table, step]),
        value: dropped,
        wrong: 'the column is dropped as well',
        advice: 'Remove it here or in drop; what is made of a dropped column can be a derived one (derive)',
      });
    }
    const both = mask.find((name) => columns.cast.includes(name));
    if (both === undefined) continue;
    throw new RequestError({
      field: showPath(['transform', table, 'mask']),
      value: both,
      wrong: 'the column is cast as well, and masking leaves a hash of its text, whatever its type',
      advice: 'Remove it from cast or from mask',
    });
  }
}
