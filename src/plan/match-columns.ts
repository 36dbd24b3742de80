import type { SourceEngine, TypeMatch } from '../databases/source-engine.ts';
import { RequestError } from '../errors.ts';
import type { ColumnPlan, ColumnSurvey, TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import { showPath } from '../request/show.ts';
import { selectColumns, type TableTransform } from '../request/table-transform.ts';
import { assertKnown } from './assert-known.ts';
import { assertComputable, assertDerivedFit, assertTakesHash } from './computed-columns.ts';

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
 * @param how.transform of what it computes (derive, cast) only Spark knows whether the target takes it
 * @param how.hasScript then the script decides which columns there are, and what is in them: nothing need match
 * @throws RequestError naming the column, its types and what to do
 */
export function matchColumns(
  engine: Pick<SourceEngine, 'matchTypes'>,
  source: TableSurvey,
  target: TableSurvey | undefined,
  how: { asked?: string[] | undefined; transform?: TableTransform; hasScript?: boolean } = {},
): MatchedColumns {
  const { asked, transform = {}, hasScript = false } = how;
  const selected = select(source, asked, transform);
  assertComputable({ source, read: asked ?? source.columns.map(({ name }) => name), selected, transform });
  assertAny([...selected, ...Object.keys(transform.derive ?? {})], source);
  if (!target) {
    return { columns: selected.map(({ column, as }) => ({ source: column.name, target: as })), sameBinaryForm: true };
  }
  if (hasScript) return { columns: matchWhatFits(engine, selected, target), sameBinaryForm: false };
  assertDerivedFit(source, target, transform);
  const computed = new Set([...Object.keys(transform.cast ?? {}), ...(transform.mask ?? [])]);
  const columns: ColumnPlan[] = [];
  let sameBinaryForm = true;
  for (const { column, as } of selected) {
    const place = target.columns.find((candidate) => candidate.name === as) ?? missing(source, target, column, as);
    if (place.generated) continue;
    if (transform.mask?.includes(column.name)) assertTakesHash([source, column], [target, place]);
    const match = computed.has(column.name)
      ? 'same text form'
      : assertMatch(engine.matchTypes(column, place), [source, column], [target, place]);
    sameBinaryForm &&= match === 'same binary form';
    columns.push({ source: column.name, target: as, ...(typeof match === 'object' && match) });
  }
  assertCovered(source, target, new Set([...selected.map(({ as }) => as), ...Object.keys(transform.derive ?? {})]));
  assertAny([...columns, ...Object.keys(transform.derive ?? {})], source);
  return { columns, sameBinaryForm };
}

/** Those that have a place in the target by their name; how a value goes there, where that is known. */
function matchWhatFits(
  engine: Pick<SourceEngine, 'matchTypes'>,
  selected: Selected[],
  target: TableSurvey,
): ColumnPlan[] {
  return selected.flatMap(({ column, as }) => {
    const place = target.columns.find(({ name, generated }) => name === as && !generated);
    if (!place) return [];
    const match = engine.matchTypes(column, place);
    return [{ source: column.name, target: as, ...(typeof match === 'object' && 'castTo' in match && match) }];
  });
}

function select(source: TableSurvey, asked: string[] | undefined, transform: TableTransform): Selected[] {
  const { drop = [], rename = {} } = transform;
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
  const selected = selectColumns(
    source.columns.filter(({ name }) => names.includes(name)),
    transform,
  );
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

function assertAny(columns: unknown[], source: TableSurvey): void {
  if (columns.length > 0) return;
  throw new RequestError({
    field: source.name,
    wrong: 'no column of this table is left to load',
    advice: 'Load at least one column, or leave the table out',
  });
}
