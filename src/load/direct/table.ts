import type { ReadTable } from '../../databases/postgres/chunks.ts';
import { fromClause } from '../../databases/postgres/chunks.ts';
import { selectColumns, targetColumns } from '../../databases/postgres/copy.ts';
import { quoteQualifiedName } from '../../databases/postgres/identifiers.ts';
import type { TablePlan, TableSurvey } from '../../model.ts';
import type { Load } from '../../services.ts';

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
  const read: ReadTable = {
    name,
    only: survey.kind === 'table',
    where: plan.where,
    ...(plan.key && plan.keyTypes && { key: { columns: plan.key, types: plan.keyTypes } }),
  };
  return {
    plan,
    read,
    from: fromClause(read),
    select: selectColumns(plan.columns),
    target: quoteQualifiedName(plan.target),
    targetRows: fromClause({ name: plan.target, only: targetSurvey.kind === 'table' }),
    columns: targetColumns(plan.columns),
    survey,
    targetSurvey,
  };
}

/** The target's names of the source's key columns; a request that drops one can't have the table keyed. */
export function targetKey(table: LoadTable): string[] {
  return (table.plan.key ?? []).map((name) => {
    const column = table.plan.columns.find((candidate) => candidate.source === name);
    if (!column) throw new Error(`The key column ${name} of ${table.plan.source} is not loaded.`);
    return column.target;
  });
}
