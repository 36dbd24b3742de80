import type { ReadTable } from '../../databases/source-engine.ts';
import { fromClause } from '../../databases/postgres/chunks.ts';
import { selectColumns, targetColumns } from '../../databases/postgres/copy.ts';
import { quoteQualifiedName } from '../../databases/postgres/identifiers.ts';
import type { TablePlan, TableSurvey } from '../../model.ts';
import type { Load } from '../../services.ts';
import { sourceTableOf, targetTableOf } from '../../survey/loaded-tables.ts';

/** A table of the load, with everything that a chunk's SQL needs. */
export interface LoadTable {
  plan: TablePlan;
  read: ReadTable;
  /** Quoted. */
  from: string;
  select: string;
  target: string;
  /** The target for statements that read or delete: an inheritance parent without its children. */
  targetRows: string;
  columns: string;
  survey: TableSurvey;
  targetSurvey: TableSurvey;
}

/** @throws Error when plan and survey don't name the table: the stored documents don't belong together */
export function loadTable(load: Load, name: string): LoadTable {
  const plan = load.plan.tables.find((table) => table.source === name);
  const survey = load.survey.source.tables.find((table) => table.name === name);
  const targetSurvey = load.survey.target?.tables.find((table) => table.name === plan?.target);
  if (!plan || !survey || !targetSurvey)
    throw new Error(`The plan of load ${load.loadId} does not know the table ${name}.`);
  const read = sourceTableOf(load, plan);
  return {
    plan,
    read,
    from: fromClause(read),
    select: selectColumns(plan.columns),
    target: quoteQualifiedName(plan.target),
    targetRows: fromClause(targetTableOf(load, plan)),
    columns: targetColumns(plan.columns),
    survey,
    targetSurvey,
  };
}
