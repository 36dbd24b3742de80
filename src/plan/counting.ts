import { findDistinctObstacle, findFilterObstacle } from '../databases/compared-values.ts';
import type { SourceEngine } from '../databases/source-engine.ts';
import type { Counting, TableSurvey } from '../model.ts';
import { parseRowFilter } from '../request/parse-row-filter.ts';
import type { LoadRequest } from '../request/schema.ts';
import { askedColumns, transformOf } from '../request/table-transform.ts';

/** Rows told apart are counted by one statement, which must end within an invocation. */
const MOST_DISTINCT_BYTES = 10_000_000_000;

type Engine = Pick<SourceEngine, 'comparedKindOf'>;

/** How the rows that the request's transformation leaves of a table are counted; undefined where it leaves all of them. */
export function countingOf(request: LoadRequest, table: TableSurvey, engine: Engine): Counting | undefined {
  const { filter, deduplicate } = transformOf(request, table.name);
  const hasScript = request.transform?.script !== undefined;
  if (filter === undefined && !deduplicate && !hasScript) return undefined;
  // Spark counts rows again that it reads again for a shuffle, and which steps a script adds is not known.
  const readsExactly = !deduplicate && !hasScript;
  const byJob = (why: string): Counting => ({ by: 'job', why, readsExactly });
  if (hasScript) return byJob('a script decides it');
  const parsed = filter === undefined ? undefined : readFilter(request, table, engine, filter);
  if (parsed && 'why' in parsed) return byJob(`the filter ${parsed.why}`);
  const obstacle = deduplicate && findDeduplicateObstacle(table, engine, deduplicate.key);
  if (obstacle !== undefined) return byJob(`of deduplicate: ${obstacle}`);
  return { by: 'source', ...parsed, ...(deduplicate && { distinct: deduplicate.key }) };
}

function readFilter(
  request: LoadRequest,
  table: TableSurvey,
  engine: Engine,
  filter: string,
): ReturnType<typeof parseRowFilter> {
  const columns = askedColumns(request, table.name) ?? table.columns.map(({ name }) => name);
  const parsed = parseRowFilter(filter, columns);
  if ('why' in parsed) return parsed;
  const why = findFilterObstacle(table, parsed.filter, engine.comparedKindOf);
  return why === undefined ? parsed : { why };
}

function findDeduplicateObstacle(table: TableSurvey, engine: Engine, key: string[]): string | undefined {
  if (table.estimatedBytes > MOST_DISTINCT_BYTES) return 'the table is too big to be counted so in one go';
  return findDistinctObstacle(table, key, engine.comparedKindOf);
}
