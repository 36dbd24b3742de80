import { withoutDomains } from '../databases/postgres/casts.ts';
import { RequestError } from '../errors.ts';
import type { ColumnSurvey, TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import { showPath } from '../request/show.ts';
import type { TableTransform } from '../request/table-transform.ts';
import { assertKnown } from './assert-known.ts';

/** SHA-256, in hexadecimal digits. */
const HASH_LENGTH = 64;

/**
 * What can be told of computed columns without Spark, which alone knows whether an expression or a type is right.
 * @param table.read the columns that expressions see; `selected` of them go on, under their names in the target
 * @throws RequestError
 */
export function assertComputable(table: {
  source: TableSurvey;
  read: string[];
  selected: { column: ColumnSurvey; as: string }[];
  transform: TableTransform;
}): void {
  const { source, read, selected, transform } = table;
  const path = ['transform', source.name];
  const goingOn = selected.map(({ column }) => column.name);
  for (const name of Object.keys(transform.cast ?? {})) assertKnown(name, goingOn, source, [...path, 'cast', name]);
  for (const [index, name] of (transform.mask ?? []).entries())
    assertKnown(name, goingOn, source, [...path, 'mask', index]);
  for (const [index, name] of (transform.deduplicate?.key ?? []).entries())
    assertKnown(name, read, source, [...path, 'deduplicate', 'key', index]);
  for (const name of Object.keys(transform.derive ?? {})) {
    const other = selected.find(({ as }) => as === name)?.column.name;
    if (other === undefined) continue;
    throw new RequestError({
      field: showPath([...path, 'derive', name]),
      wrong: `${other} of ${source.name} becomes the column of this name already`,
      advice: `Derive a column of another name, or drop or rename ${other}, which the expression may use all the same`,
    });
  }
}

/** @throws RequestError for a derived column that the target lacks, or computes by itself */
export function assertDerivedFit(source: TableSurvey, target: TableSurvey, { derive = {} }: TableTransform): void {
  for (const name of Object.keys(derive)) {
    const place = target.columns.find((column) => column.name === name);
    if (place && !place.generated) continue;
    const names = target.columns.filter(({ generated }) => !generated).map((column) => column.name);
    const meant = nearest(name, names);
    throw new RequestError({
      field: showPath(['transform', source.name, 'derive', name]),
      wrong: place ? `${target.name} computes this column by itself` : `${target.name} has no such column`,
      advice: place ? 'Leave it out here' : `Add it there${meant === undefined ? '' : `, or did you mean "${meant}"?`}`,
    });
  }
}

/** @throws RequestError for a column that can't hold every hash */
export function assertTakesHash(
  [source, from]: [TableSurvey, ColumnSurvey],
  [target, to]: [TableSurvey, ColumnSurvey],
): void {
  const type = withoutDomains(to.structure ?? to.fingerprint);
  const length = /^character varying\((\d+)\)$/.exec(type)?.[1];
  if (type === 'text' || type === 'character varying' || Number(length) >= HASH_LENGTH) return;
  throw new RequestError({
    field: `column ${to.name} of ${target.name}`,
    value: to.type,
    wrong: `it does not hold the hash that ${from.name} of ${source.name} is masked by`,
    advice: `Make it text or varchar(${HASH_LENGTH}) in the target, or leave it out of ${showPath(['transform', source.name, 'mask'])}`,
  });
}
