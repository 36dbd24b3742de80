import type { ColumnSurvey, Survey, TablePlan, TableSurvey } from '../../../model.ts';
import type { FitInput } from '../../strategy.ts';
import { filterOf } from '../settings/filters.ts';
import { lobModeOf } from './lobs.ts';
import { findNameObstacle } from '../settings/mapping-names.ts';
import { findTypeObstacle, isLob } from './carried-types.ts';

/** The first thing about a table that DMS would not load exactly, with table and column; undefined when there is none. */
export function findTableObstacle({ tables, survey }: Pick<FitInput, 'tables' | 'survey'>): string | undefined {
  for (const table of tables) {
    const source = find(survey.source.tables, table.source);
    const target = find(survey.target?.tables ?? [], table.target);
    const obstacle =
      findKindObstacle(source, target) ??
      findColumnObstacle(table, source, target, survey) ??
      findFilterObstacle(table, source, survey) ??
      findLobObstacle(table, survey);
    if (obstacle !== undefined) return obstacle;
  }
  return findNameObstacle(tables, survey);
}

function findKindObstacle(source: TableSurvey, target: TableSurvey): string | undefined {
  if (source.kind === 'partitioned') {
    return `${source.name} is partitioned, and DMS loads the rows of its partitions twice, or of none: name the partitions`;
  }
  const [child] = source.inheritedBy ?? [];
  if (child !== undefined) {
    return `${child} inherits from ${source.name}, and DMS would read its rows with those of ${source.name}, which are not its own`;
  }
  const generated = target.columns.find((column) => column.generated);
  if (generated)
    return `${generated.name} of the target ${target.name} is generated, which DMS doesn't leave out of what it writes`;
  return undefined;
}

function findColumnObstacle(
  table: TablePlan,
  source: TableSurvey,
  target: TableSurvey,
  survey: Survey,
): string | undefined {
  for (const { source: from, target: to } of table.columns) {
    const [column, place] = [columnOf(source, from), columnOf(target, to)];
    const why = findTypeObstacle(column, place, { source: survey.source, target: survey.target! });
    if (why !== undefined) return `${from} of ${source.name} is ${column.type}: ${why}`;
    if (place.identity === 'always') {
      return `${to} of the target ${target.name} is GENERATED ALWAYS, and DMS may insert rows in a way that this refuses`;
    }
    if (from !== to && isLob(column, survey.source.engine)) {
      return `${from} of ${source.name} is a large object (${column.type}), which DMS can't rename`;
    }
  }
  return undefined;
}

function findFilterObstacle(table: TablePlan, source: TableSurvey, survey: Survey): string | undefined {
  for (const condition of table.where) {
    const filter = filterOf(condition, columnOf(source, condition.column), survey.source.engine);
    if ('obstacle' in filter) return `the condition on ${condition.column} of ${source.name}: ${filter.obstacle}`;
  }
  return undefined;
}

function findLobObstacle(table: TablePlan, survey: Survey): string | undefined {
  const mode = lobModeOf(table, survey);
  return 'obstacle' in mode ? `large objects of ${table.source}: ${mode.obstacle}` : undefined;
}

function find(tables: TableSurvey[], name: string): TableSurvey {
  const table = tables.find((candidate) => candidate.name === name);
  if (!table) throw new Error(`The survey does not describe ${name}.`);
  return table;
}

function columnOf(table: TableSurvey, name: string): ColumnSurvey {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (!column) throw new Error(`The survey does not describe ${name} of ${table.name}.`);
  return column;
}
