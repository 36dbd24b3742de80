import { targetKeyOf } from '../../survey/loaded-tables.ts';
import type { Survey, TablePlan, TableSurvey } from '../../model.ts';

/**
 * Why rows can't be written over by key. INSERT … ON CONFLICT needs a unique index over exactly the key, cannot set an
 * identity column that is GENERATED ALWAYS, and fails on a row that collides by another unique key.
 * @returns undefined when nothing is in the way
 */
export function findUpsertObstacle(tables: TablePlan[], survey: Survey): string | undefined {
  for (const table of tables) {
    const target = survey.target?.tables.find(({ name }) => name === table.target);
    if (!target) throw new Error(`The survey does not describe ${table.target}.`);
    const reason = findTableObstacle(table, target);
    if (reason !== undefined) return `it cannot upsert into ${table.target}: ${reason}`;
  }
  return undefined;
}

function findTableObstacle(table: TablePlan, target: TableSurvey): string | undefined {
  if (!table.key)
    return `${table.source} has no key by which rows could be found again, or it is not loaded as a whole`;
  const key = targetKeyOf(table);
  const uniqueKeys = target.key ? [target.key, ...target.uniqueKeys] : target.uniqueKeys;
  if (!uniqueKeys.some((unique) => sameColumns(unique, key))) return `it has no unique key over ${key.join(', ')}`;
  const [index] = target.otherUniqueIndexes ?? [];
  if (index !== undefined)
    return `its index ${index} (partial, over an expression, deferrable or of an exclusion constraint) may refuse a row`;
  const other = uniqueKeys.find((unique) => !sameColumns(unique, key));
  if (other) return `a row may collide with another one by its other unique key (${other.join(', ')})`;
  const written = new Set(table.columns.map((column) => column.target));
  const fixed = target.columns.find(
    ({ name, identity }) => identity === 'always' && written.has(name) && !key.includes(name),
  );
  return fixed && `its column ${fixed.name} is GENERATED ALWAYS AS IDENTITY, which an update cannot set`;
}

function sameColumns(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
