import type { SourceEngine } from '../databases/source-engine.ts';
import { RequestError } from '../errors.ts';
import type { TableSurvey } from '../model.ts';
import type { Condition } from '../request/schema.ts';
import { showPath } from '../request/show.ts';

/**
 * Checks the values of conditions against the types of their columns, as far as that can be told without asking a
 * database: better now than in the middle of the load.
 * @param index of the table in source.tables
 * @throws RequestError
 */
export function assertComparable(
  engine: Pick<SourceEngine, 'findIncomparable'>,
  where: Condition[],
  table: TableSurvey,
  index: number,
): void {
  for (const [at, condition] of where.entries()) {
    const { column, ...comparison } = condition;
    const found = table.columns.find(({ name }) => name === column);
    const value: unknown = Object.values(comparison)[0];
    if (found === undefined || value === null) continue;
    const obstacle = engine.findIncomparable(table.name, found, value);
    if (!obstacle) continue;
    throw new RequestError({ field: showPath(['source', 'tables', index, 'where', at]), value, ...obstacle });
  }
}
