import type { SourceEngine, TypeMatch } from '../databases/source-engine.ts';
import { RequestError } from '../errors.ts';
import type { ColumnPlan, ColumnSurvey, TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import type { LoadRequest } from '../request/schema.ts';
import { showPath } from '../request/show.ts';

export type TableTransform = Exclude<NonNullable<LoadRequest['transform']>[string], string | undefined>;

export interface MatchedColumns {
  columns: ColumnPlan[];
  /** Whether every column has the same binary form on both sides. */
  sameBinaryForm: boolean;
}

interface Selected {
  column: ColumnSurvey;
  /** Its name in the target. */
  as: string;
}

/**
 * The source's columns that the request asks for, each with its place in the target.
 *
 * A generated column is computed by the target when it is one there; else the source's values are written. A column that
 * may be NULL goes into one that may not: most such data holds no NULL, and if it does, the target's constraint fails
 * the load and says so. Without a target table (S3, topics) every column goes as it is.
 *
 * @param transform renamed and dropped columns; what it computes (derive, cast, mask) is not checked against the target
 * @throws RequestError naming the column, its types and what to do
 */
export function matchColumns(
  engine: Pick<SourceEngine, 'matchTypes'>,
  source: TableSurvey,
  target: TableSurvey | undefined,
  asked: string[] | undefined,
  transform: TableTransform = {},
): MatchedColumns {
  const selected = select(source, asked, transform);
  if (!target) {
    const columns = selected.map(({ column, as }) => ({ source: column.name, target: as }));
    return { columns: assertAny(columns, source), sameBinaryForm: true };
  }
  const computed = new Set([...Object.keys(transform.cast ?? {}), ...(transform.mask ?? [])]);
  const columns: ColumnPlan[] = [];
  let sameBinaryForm = true;
  for (const { column, as } of selected) {
    const place = target.columns.find((candidate) => candidate.name === as) ?? missing(source, target, column, as);
    if (place.generated) continue;
    const match = computed.has(column.name)
      ? 'same text form'
      : assertMatch(engine.matchTypes(column, place), [source, column], [target, place]);
    sameBinaryForm &&= match === 'same binary form';
    columns.push({ source: column.name, target: as, ...(typeof match === 'object' && match) });
  }
  assertCovered(source, target, new Set([...selected.map(({ as }) => as), ...Object.keys(transform.derive ?? {})]));
  return { columns: assertAny(columns, source), sameBinaryForm };
}

function select(
  source: TableSurvey,
  asked: string[] | undefined,
  { drop = [], rename = {} }: TableTransform,
): Selected[] {
  const names = asked ?? source.columns.map((column) => column.name);
  const path = ['transform', source.name];
  for (const [index, name] of drop.entries()) assertKnown(name, names, source, [...path, 'drop', index]);
  for (const name of Object.keys(rename)) {
    assertKnown(
      name,
      names.filter((other) => !drop.includes(other)),
      source,
      [...path, 'rename', name],
    );
  }
  const selected = source.columns
    .filter(({ name }) => names.includes(name) && !drop.includes(name))
    .map((column) => ({ column, as: rename[column.name] ?? column.name }));
  for (const [index, { as, column }] of selected.entries()) {
    const other = selected.slice(0, index).find((earlier) => earlier.as === as);
    if (!other) continue;
    throw new RequestError({
      field: showPath([...path, 'rename']),
      value: as,
      wrong: `${other.column.name} and ${column.name} would both become this column`,
      advice: 'Give each a name of its own, or drop one',
    });
  }
  return selected;
}

function assertKnown(name: string, names: string[], source: TableSurvey, path: PropertyKey[]): void {
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  throw new RequestError({
    field: showPath(path),
    value: name,
    wrong: `no such column of ${source.name} is loaded`,
    advice: meant ? `Did you mean "${meant}"?` : `Loaded are ${names.join(', ')}`,
  });
}

function missing(source: TableSurvey, target: TableSurvey, column: ColumnSurvey, as: string): never {
  const meant = nearest(
    as,
    target.columns.map((candidate) => candidate.name),
  );
  const rename = meant === undefined ? 'rename it' : `rename it (to "${meant}"?)`;
  throw new RequestError({
    field: `column ${as} of ${target.name}`,
    wrong: `the target has no such column for ${column.name} of ${source.name}`,
    advice: `Add it there, or ${rename} or drop it in ${showPath(['transform', source.name])}`,
  });
}

/** @throws RequestError for a type that doesn't take over the other one */
function assertMatch(
  match: TypeMatch,
  [source, from]: [TableSurvey, ColumnSurvey],
  [target, to]: [TableSurvey, ColumnSurvey],
): Exclude<TypeMatch, { refused: string }> {
  if (typeof match === 'string' || 'castTo' in match) return match;
  const drop = `rop it in ${showPath(['transform', source.name])}`;
  throw new RequestError({
    field: `column ${to.name} of ${target.name}`,
    value: to.type,
    wrong: `it does not take over ${from.name} of ${source.name}, ${from.type}, without loss${match.refused}`,
    advice: match.makeIt === undefined ? `D${drop}` : `Make it ${match.makeIt} in the target, or d${drop}`,
  });
}

function assertCovered(source: TableSurvey, target: TableSurvey, covered: Set<string>): void {
  const empty = target.columns.find(
    ({ name, nullable, hasDefault, generated, identity }) =>
      !covered.has(name) && !nullable && !hasDefault && !generated && identity === undefined,
  );
  if (!empty) return;
  throw new RequestError({
    field: `column ${empty.name} of ${target.name}`,
    wrong: `nothing of ${source.name} goes into it, and it may not be NULL and has no default`,
    advice: `Load a column into it (columns, or ${showPath(['transform', source.name, 'rename'])}), or give it a default`,
  });
}

function assertAny(columns: ColumnPlan[], source: TableSurvey): ColumnPlan[] {
  if (columns.length > 0) return columns;
  throw new RequestError({
    field: source.name,
    wrong: 'no column of this table is left to load',
    advice: 'Load at least one column, or leave the table out',
  });
}
