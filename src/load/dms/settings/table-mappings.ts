import type { TablePlan, TableSurvey } from '../../../model.ts';
import { tableNameOf } from '../../../request/table-name.ts';
import type { Load } from '../../../services.ts';
import { filterOf, type Filter } from './filters.ts';
import { lobLimitKilobytes } from '../weigh/lobs.ts';
import { changesOf, columnsOf, literalPattern } from './mapping-names.ts';
import { segmentsOf } from './segments.ts';

type MappedLoad = Pick<Load, 'request' | 'survey' | 'plan'>;
type Rule = Record<string, unknown>;

/**
 * Which tables a task loads, under which names, and how: the JSON of CreateReplicationTask's TableMappings. fit has refused
 * what it could not say exactly.
 *
 * AWS's user guide for DMS, "Specifying table selection and transformations rules using JSON".
 */
export function tableMappings(load: MappedLoad): string {
  const { plan } = load;
  const rules = [
    ...plan.tables.map((table) => selection(table, load)),
    ...schemaRenames(plan.tables),
    ...plan.tables.flatMap((table) => transformations(table, load)),
    ...plan.tables.flatMap((table) => settings(table, load)),
  ];
  return JSON.stringify({
    rules: rules.map((rule, index) => ({ 'rule-id': String(index + 1), 'rule-name': String(index + 1), ...rule })),
  });
}

/** "explicit" takes names as they are, but filters are only applied by "include" ("Using source filters"). */
function selection(table: TablePlan, { survey }: MappedLoad): Rule {
  const name = locator(table);
  if (table.where.length === 0) {
    return { 'rule-type': 'selection', 'rule-action': 'explicit', 'object-locator': name };
  }
  const columns = columnsOf(table, survey);
  return {
    'rule-type': 'selection',
    'rule-action': 'include',
    'object-locator': {
      'schema-name': literalPattern(name['schema-name']),
      'table-name': literalPattern(name['table-name']),
    },
    filters: table.where.map((condition): Filter => {
      const column = columns.find((candidate) => candidate.name === condition.column);
      const filter = column && filterOf(condition, column, survey.source.engine);
      if (!filter || 'obstacle' in filter) {
        throw new Error(`The plan filters ${table.source} by ${condition.column}, which DMS can't.`);
      }
      return filter;
    }),
  };
}

function schemaRenames(tables: TablePlan[]): Rule[] {
  const renames = new Map(tables.map(({ source, target }) => [tableNameOf(source).schema, tableNameOf(target).schema]));
  return [...renames]
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => ({
      'rule-type': 'transformation',
      'rule-target': 'schema',
      'rule-action': 'rename',
      'object-locator': { 'schema-name': from },
      value: to,
    }));
}

function transformations(table: TablePlan, { survey }: MappedLoad): Rule[] {
  const { table: name, renamed, removed } = changesOf(table, survey);
  const at = locator(table);
  const rule = { 'rule-type': 'transformation' };
  const column = { ...rule, 'rule-target': 'column' };
  return [
    ...(name === undefined
      ? []
      : [{ ...rule, 'rule-target': 'table', 'rule-action': 'rename', 'object-locator': at, value: name }]),
    ...renamed.map(({ from, to }) => ({
      ...column,
      'rule-action': 'rename',
      'object-locator': { ...at, 'column-name': from },
      value: to,
    })),
    ...removed.map((from) => ({
      ...column,
      'rule-action': 'remove-column',
      'object-locator': { ...at, 'column-name': from },
    })),
  ];
}

/** What differs from the task's settings: segments that are loaded at once, and a limit for large objects. */
function settings(table: TablePlan, { request, survey }: MappedLoad): Rule[] {
  const segments = segmentsOf(table, surveyedOf(table, survey.source.tables), request.limits.maxSourceConnections);
  const limit = lobLimitKilobytes(table, survey);
  if (limit === undefined && !segments) return [];
  return [
    {
      'rule-type': 'table-settings',
      'object-locator': locator(table),
      ...(segments && { 'parallel-load': { type: 'ranges', ...segments } }),
      ...(limit !== undefined && { 'lob-settings': { mode: 'limited', 'bulk-max-size': String(limit) } }),
    },
  ];
}

function locator({ source }: TablePlan): { 'schema-name': string; 'table-name': string } {
  const { schema, table } = tableNameOf(source);
  return { 'schema-name': schema, 'table-name': table };
}

function surveyedOf({ source }: TablePlan, tables: TableSurvey[]): TableSurvey | undefined {
  return tables.find(({ name }) => name === source);
}
