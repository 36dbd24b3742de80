import type { ConnectorSettings, LiveTopic, Survey, TablePlan, TopicFormat } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import { findDebeziumObstacle, findPlainDifference } from './format-obstacles.ts';

export const PLAIN: TopicFormat = { value: 'plain' };
const SETTLE = 'kafka.format says how to write in spite of that';

/** Debezium's defaults, in the fields that its version 3 has. */
export const DEFAULT_CONNECTOR: ConnectorSettings = {
  decimals: 'precise',
  times: 'adaptive',
  binary: 'bytes',
  envelope: ['before', 'after', 'source', 'transaction', 'op', 'ts_ms', 'ts_us', 'ts_ns'],
  source: [
    'version',
    'connector',
    'name',
    'ts_ms',
    'snapshot',
    'db',
    'sequence',
    'ts_us',
    'ts_ns',
    'schema',
    'table',
    'txId',
    'lsn',
    'xmin',
    'origin',
    'origin_lsn',
  ],
};

/**
 * How the records of a table's topic are written: as the live topic's, unless the request says otherwise. `differs` says
 * in what they are not like those, where the request puts up with that.
 */
export function planFormat(
  { kafka }: LoadRequest,
  survey: Survey,
  table: TablePlan,
): { format: TopicFormat; differs?: string } {
  const live = liveTopicOf(survey, table);
  const asked = kafka?.format;
  if (!live?.format || (live.unlike !== undefined && asked === 'plain') || (asked && asked !== live.format.value)) {
    const format = asked === 'debezium' ? { value: asked, connector: DEFAULT_CONNECTOR } : PLAIN;
    const why = live?.unlike ?? (live?.format && `its values are ${wordFor(live.format)}`);
    return { format, ...(why !== undefined && { differs: why }) };
  }
  const why = live.unlike ?? (asked === 'plain' ? findPlainDifference(survey, table, live) : undefined);
  return why === undefined
    ? { format: live.format }
    : { format: asked === 'plain' ? PLAIN : live.format, differs: why };
}

/** Why records can't be written like the live topic's, or in the format that is asked for; undefined when they can. */
export function findFormatObstacle(request: LoadRequest, survey: Survey, tables: TablePlan[]): string | undefined {
  for (const table of tables) {
    const live = liveTopicOf(survey, table);
    const isAsked = request.kafka?.format !== undefined;
    if (live?.unlike !== undefined && !isAsked)
      return `the live topic ${live.topic} is not written in a way that is known here: ${live.unlike}; ${SETTLE}`;
    const { format } = planFormat(request, survey, table);
    const { connector } = format;
    const obstacle = connector
      ? findDebeziumObstacle(survey, table, { ...format, connector }, live)
      : !isAsked && live?.format && findPlainDifference(survey, table, live);
    if (obstacle) return `${table.source}: ${obstacle}${format.value === 'plain' ? `; ${SETTLE}` : ''}`;
  }
  return undefined;
}

/** Whoever writes nothing but bare rows. */
export function findBareObstacle({ kafka }: LoadRequest, liveTopics: LiveTopic[]): string | undefined {
  if (kafka?.format === 'debezium') return 'what goes through the job is written plain, and kafka.format is "debezium"';
  if (kafka?.format === 'plain') return undefined;
  for (const { topic, format, unlike } of liveTopics) {
    const isBare = !format || (format.value === 'plain' && (format.keySchema ?? format.valueSchema) === undefined);
    if (isBare && unlike === undefined) continue;
    const why = unlike ?? `its records are ${wordFor(format)}`;
    return `what goes through the job is written plain, and the live topic ${topic} is not: ${why}; "kafka": { "format": "plain" } accepts that`;
  }
  return undefined;
}

/** For the plan's reasons: what a consumer should know before it reads. */
export function explainFormats(request: LoadRequest, survey: Survey, tables: TablePlan[]): string[] {
  return tables.flatMap((table) => {
    const { format, differs } = planFormat(request, survey, table);
    const topic = liveTopicOf(survey, table)?.topic;
    if (differs !== undefined)
      return [
        `${table.source} is written ${wordFor(format)}, and its keys may land elsewhere than in ${topic}: ${differs}`,
      ];
    return format.value === 'plain' && !format.valueSchema
      ? []
      : [`${table.source} is written ${wordFor(format)}${topic === undefined ? '' : `, as ${topic} is`}`];
  });
}

function wordFor(format: TopicFormat | undefined): string {
  const schemas = format?.valueSchema ?? format?.keySchema;
  return `${format?.value === 'debezium' ? "in Debezium's envelope" : 'plain'}${schemas === undefined ? '' : ', with schemas'}`;
}

function liveTopicOf({ kafka }: Survey, { source }: TablePlan): LiveTopic | undefined {
  return kafka?.liveTopics.find(({ table }) => table === source);
}
