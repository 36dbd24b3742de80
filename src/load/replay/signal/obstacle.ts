import type { TablePlan, TableSurvey } from '../../../model.ts';
import { tableNameOf } from '../../../request/table-name.ts';
import type { FitInput } from '../../strategy.ts';

/** To Debezium a table's name is a regular expression, and a dot ends the schema. */
const PLAIN_NAME = /^[A-Za-z0-9_]+$/;
/** Types that every setting of a connector writes into a key alike, so that keys can be compared with the source's. */
const KEY_TYPES = /^(smallint|integer|bigint|boolean|uuid|text|character varying(\(\d+\))?)$/;
/** The proof keeps its keys in memory, so it must end in the invocation in which it began. A cautious guess of its speed. */
const PROVED_ROWS_A_SECOND = 20_000;

/** Why a connector can't be asked for these tables, as far as the plan can tell; undefined when nothing stands in the way. */
export function findSignalObstacle({ request, survey, tables, invocationSeconds }: FitInput): string | undefined {
  if (Object.keys(request.transform ?? {}).length > 0)
    return 'the connector publishes rows as they are, and the request has a transformation';
  for (const table of tables) {
    const surveyed = survey.source.tables.find(({ name }) => name === table.source);
    const reason =
      surveyed && findInTable(table, surveyed, { invocationSeconds, topics: request.topics?.tables ?? {} });
    if (reason !== undefined) return `${table.source}: ${reason}`;
  }
  return undefined;
}

function findInTable(
  table: TablePlan,
  surveyed: TableSurvey,
  { topics, invocationSeconds }: { topics: Record<string, string>; invocationSeconds: number },
): string | undefined {
  const { schema, table: name } = tableNameOf(table.source);
  if (topics[table.source] === undefined) return 'topics.tables names no live topic for it';
  if (!table.key) return 'it has no key, and Debezium reads tables by their primary key';
  if (surveyed.kind === 'partitioned') return 'it is partitioned, and connectors publish partitions, or their parent';
  if (!PLAIN_NAME.test(schema) || !PLAIN_NAME.test(name))
    return 'its name has signs that mean something else in a signal';
  const odd = table.keyTypes?.find((type) => !KEY_TYPES.test(type));
  if (odd !== undefined) return `how a connector writes a key of type ${odd} depends on its settings`;
  if (table.columns.length < surveyed.columns.length)
    return 'the connector publishes whole rows, and the request leaves columns out';
  if (table.estimatedRows > invocationSeconds * PROVED_ROWS_A_SECOND)
    return 'it has more rows than can be looked for in its topic within one invocation';
  return undefined;
}
