import { RequestError } from '../errors.ts';
import type { TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import { showPath } from '../request/show.ts';

/** @param path of the request, where a column that must be one of `names` is named */
export function assertKnown(name: string, names: string[], source: TableSurvey, path: PropertyKey[]): void {
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  throw new RequestError({
    field: showPath(path),
    value: name,
    wrong: `no such column of ${source.name} is loaded`,
    advice: meant ? `Did you mean "${meant}"?` : `Loaded are ${names.join(', ')}`,
  });
}
