import type { ColumnSurvey, Survey, TablePlan } from '../../../model.ts';
import { tableNameOf } from '../../../request/table-name.ts';

/**
 * What of a table is not called the same on both sides, or doesn't go over. DMS renames a schema, a table or a column, and
 * leaves out columns; AWS's user guide for DMS, "Transformation rules and actions".
 */
export interface Changes {
  schema?: string;
  table?: string;
  renamed: { from: string; to: string }[];
  removed: string[];
}

export function changesOf(table: TablePlan, survey: Survey): Changes {
  const [source, target] = [tableNameOf(table.source), tableNameOf(table.target)];
  const loaded = new Map(table.columns.map((column) => [column.source, column.target]));
  const columns = columnsOf(table, survey).map(({ name }) => name);
  return {
    ...(source.schema !== target.schema && { schema: target.schema }),
    ...(source.table !== target.table && { table: target.table }),
    renamed: columns.flatMap((from) => {
      const to = loaded.get(from);
      return to === undefined || to === from ? [] : [{ from, to }];
    }),
    removed: columns.filter((name) => !loaded.has(name)),
  };
}

export function columnsOf(table: TablePlan, survey: Survey): ColumnSurvey[] {
  const surveyed = survey.source.tables.find(({ name }) => name === table.source);
  if (!surveyed) throw new Error(`The survey does not describe ${table.source}.`);
  return surveyed.columns;
}

/** In a rule that selects with filters `_` stands for any character and `[_]` for itself ("Wildcards in table mapping"). */
export function literalPattern(name: string): string {
  return name.replaceAll('_', '[_]');
}

/** Signs that a rule can't be told to take as they are. */
const PATTERN_SIGNS = /[%[\]]/;
/** "Transformations cannot be performed on columns that contain special characters." */
const TRANSFORMABLE_COLUMN = /^[A-Za-z0-9_$]+$/;

/** Why the rules for these tables would not mean what the plan means; undefined when they do. */
export function findNameObstacle(tables: TablePlan[], survey: Survey): string | undefined {
  const schemas = new Map<string, string>();
  for (const table of tables) {
    const { schema, table: name } = tableNameOf(table.source);
    if (PATTERN_SIGNS.test(schema + name))
      return `${table.source} has signs in its name that its rules read as wildcards`;
    const alike = tables.find((other) => other !== table && foldCase(table) === foldCase(other));
    if (alike)
      return `${table.source} and ${alike.source} differ in nothing but the case of letters, which it mixes up`;
    const into = tableNameOf(table.target).schema;
    const elsewhere = schemas.get(schema) ?? into;
    if (elsewhere !== into) {
      return `it renames schemas as a whole, and the tables of ${schema} go into ${elsewhere} and ${into}`;
    }
    schemas.set(schema, into);
    const obstacle = findTransformationObstacle(table, tables, survey);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** Rules that rename or remove know no way to take `_` as itself: then nothing else may match. */
function findTransformationObstacle(table: TablePlan, tables: TablePlan[], survey: Survey): string | undefined {
  const changes = changesOf(table, survey);
  const touched = [...changes.renamed.map(({ from }) => from), ...changes.removed];
  if (changes.schema !== undefined) {
    const { schema } = tableNameOf(table.source);
    const other = tables.find((candidate) => {
      const name = tableNameOf(candidate.source).schema;
      return name !== schema && matches(name, schema);
    });
    if (other) return `a rule that renames the schema ${schema} would rename that of ${other.source} too`;
  }
  if (changes.table !== undefined || touched.length > 0) {
    const other = tables.find((candidate) => candidate !== table && matchesTable(candidate.source, table.source));
    if (other) return `a rule that renames in ${table.source} would rename in ${other.source} too`;
  }
  for (const column of touched) {
    if (!TRANSFORMABLE_COLUMN.test(column)) {
      return `${table.source} has a column ${JSON.stringify(column)}, which its rules can neither rename nor remove`;
    }
    const other = columnsOf(table, survey).find(({ name }) => name !== column && matches(name, column));
    if (other) return `a rule for the column ${column} of ${table.source} would take ${other.name} too`;
  }
  return undefined;
}

function foldCase({ source }: TablePlan): string {
  const { schema, table } = tableNameOf(source);
  return JSON.stringify([schema.toLowerCase(), table.toLowerCase()]);
}

function matchesTable(name: string, pattern: string): boolean {
  const [one, other] = [tableNameOf(name), tableNameOf(pattern)];
  return matches(one.schema, other.schema) && matches(one.table, other.table);
}

/** As DMS matches: `_` is any one character. */
function matches(name: string, pattern: string): boolean {
  const [signs, wanted] = [Array.from(name), Array.from(pattern)];
  return signs.length === wanted.length && wanted.every((sign, index) => sign === '_' || sign === signs[index]);
}
