import { sortsAlikeEverywhere } from '../databases/postgres/casts.ts';
import type { SourceEngine } from '../databases/source-engine.ts';
import { sourceEngineOf } from '../databases/source-engines.ts';
import { RequestError } from '../errors.ts';
import type { ColumnPlan, Survey, TablePlan, TableSurvey } from '../model.ts';
import { nearest } from '../request/nearest.ts';
import type { LoadRequest } from '../request/schema.ts';
import { showPath } from '../request/show.ts';
import { askedColumns, transformOf, type TableTransform } from '../request/table-transform.ts';
import { assertComparable } from './conditions.ts';
import { countingOf } from './counting.ts';
import { matchColumns } from './match-columns.ts';

/**
 * The tables of the load with their columns matched, in the survey's order.
 * @throws RequestError for columns that don't fit together, conditions that don't fit their columns, and a transformation
 *   of a table that is none
 */
export function planTables(request: LoadRequest, survey: Survey): TablePlan[] {
  assertTablesTransformed(request, survey);
  const engine = sourceEngineOf(survey.source.engine);
  return survey.pairs.map((pair) => {
    const source = findTable(survey.source.tables, pair.source);
    const target = survey.target && findTable(survey.target.tables, pair.target);
    return planTable(engine, request, source, target, pair.target);
  });
}

function planTable(
  engine: SourceEngine,
  request: LoadRequest,
  source: TableSurvey,
  target: TableSurvey | undefined,
  targetName: string,
): TablePlan {
  const index = request.source.tables.findIndex((table) => typeof table === 'object' && table.name === source.name);
  const asked = request.source.tables[index];
  const where = typeof asked === 'object' ? (asked.where ?? []) : [];
  assertComparable(engine, where, source, index);
  const transform = transformOf(request, source.name);
  const hasScript = request.transform?.script !== undefined;
  const { columns, sameBinaryForm } = matchColumns(engine, source, target, {
    asked: askedColumns(request, source.name),
    transform,
    hasScript,
  });
  const counting = countingOf(request, source, engine);
  return {
    source: source.name,
    target: targetName,
    columns,
    format: sameBinaryForm ? 'binary' : 'text',
    ...keyOf(source, columns),
    keyIsCollated: hasScript || computesKey(source, transform) || mayOrderDiffer(source, target, columns),
    where,
    ...(counting && { counting }),
    estimatedRows: source.estimatedRows,
    estimatedBytes: source.estimatedBytes,
  };
}

/** Behind a schema's wildcard the request alone can't tell. */
function assertTablesTransformed({ transform = {} }: LoadRequest, { pairs }: Survey): void {
  const names = pairs.map(({ source }) => source);
  for (const [table, steps] of Object.entries(transform)) {
    if (typeof steps !== 'object' || names.includes(table)) continue;
    const meant = nearest(table, names);
    throw new RequestError({
      field: showPath(['transform', table]),
      wrong: 'the source has no such table',
      advice: meant === undefined ? 'Remove it' : `Did you mean "${meant}"?`,
    });
  }
}

/** What is cast or masked sorts otherwise than what it was made of. */
function computesKey({ key = [] }: TableSurvey, { cast = {}, mask = [] }: TableTransform): boolean {
  return key.some((name) => Object.hasOwn(cast, name) || mask.includes(name));
}

/**
 * The source's key, if all of it is loaded. Without it in the target, a row that was read twice could not be told from
 * two rows, nor counted in its key range: the table is then loaded like one without a key, in one transaction.
 */
function keyOf(source: TableSurvey, columns: ColumnPlan[]): Pick<TablePlan, 'key' | 'keyTypes'> {
  const key = source.key;
  if (!key?.every((name) => columns.some((column) => column.source === name))) return {};
  const types = key.map((name) => source.columns.find((column) => column.name === name)?.type);
  return { key, keyTypes: types.filter((type) => type !== undefined) };
}

/**
 * Whether the two servers may sort the key differently. Only some types sort alike everywhere; of others the two surveys
 * know when both sides have the same key over columns of the same types.
 */
function mayOrderDiffer(source: TableSurvey, target: TableSurvey | undefined, columns: ColumnPlan[]): boolean {
  if (source.keyIsCollated || !source.key || !target) return source.keyIsCollated;
  // What refers to objects of one database is sorted by their numbers there.
  if (source.columns.some(({ name, structure }) => structure !== undefined && source.key?.includes(name))) return true;
  const key = source.key.map((name) => columns.find((column) => column.source === name));
  const places = key.map((column) => target.columns.find(({ name }) => name === column?.target));
  if (places.every((place) => place && sortsAlikeEverywhere(place.structure ?? place.fingerprint))) return false;
  const sameTypes = key.every((column) => column?.castTo === undefined);
  const sameKey =
    target.key !== undefined &&
    sameNames(
      target.key,
      key.map((column) => column?.target ?? ''),
    );
  return !sameTypes || !sameKey || target.keyIsCollated;
}

function sameNames(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

function findTable(tables: TableSurvey[], name: string): TableSurvey {
  const table = tables.find((candidate) => candidate.name === name);
  if (!table) throw new Error(`The survey does not describe ${name}.`);
  return table;
}
