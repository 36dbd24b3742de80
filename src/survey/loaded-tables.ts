import type { ReadTable } from '../databases/source-engine.ts';
import type { TablePlan } from '../model.ts';
import type { Load } from '../services.ts';

/** A planned table as it is read in the source: within the request's conditions. */
export function sourceTableOf(load: Pick<Load, 'survey'>, table: TablePlan): ReadTable {
  return {
    name: table.source,
    only: load.survey.source.tables.find(({ name }) => name === table.source)?.kind === 'table',
    where: table.where,
    columns: table.columns.map((column) => column.source),
    ...(table.key && table.keyTypes && { key: { columns: table.key, types: table.keyTypes } }),
  };
}

/** The same table in the target, where every row is the load's: its key under the target's names and types. */
export function targetTableOf(load: Pick<Load, 'survey'>, table: TablePlan): ReadTable {
  const surveyed = load.survey.target?.tables.find(({ name }) => name === table.target);
  const key = targetKeyOf(table);
  const types = key.map((name) => surveyed?.columns.find((column) => column.name === name)?.type ?? 'text');
  return {
    name: table.target,
    only: surveyed?.kind === 'table',
    where: [],
    ...(key.length > 0 && { key: { columns: key, types } }),
  };
}

/** The target's names of the source's key columns. @throws Error when one isn't loaded: plan calls such a table keyless */
export function targetKeyOf(table: TablePlan): string[] {
  return (table.key ?? []).map((name) => {
    const column = table.columns.find(({ source }) => source === name);
    if (!column) throw new Error(`The key column ${name} of ${table.source} is not loaded.`);
    return column.target;
  });
}
