import { debeziumForm } from '../databases/postgres/debezium-forms.ts';
import type { DebeziumForm } from '../databases/debezium.ts';
import type { ColumnSurvey, ConnectorSettings, JsonKind, LiveTopic, Survey, TablePlan, TopicFormat } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import { fieldSchemasOf, rowSchemasOf } from '../survey/live-format.ts';
import { plainKind } from '../databases/postgres/plain-kinds.ts';

export const PLAIN: TopicFormat = { value: 'plain' };
const SETTLE = 'kafka.format says how to write in spite of that';

/** Debezium's defaults, in the fields that its version 3 has. */
const DEFAULT_CONNECTOR: ConnectorSettings = {
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
    const obstacle =
      format.value === 'debezium'
        ? findDebeziumObstacle(survey, table, format, live)
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

/** @param live where its records are written in this format */
function findDebeziumObstacle(
  survey: Survey,
  table: TablePlan,
  format: TopicFormat,
  live: LiveTopic | undefined,
): string | undefined {
  const settings = format.connector ?? DEFAULT_CONNECTOR;
  const forms = new Map<string, DebeziumForm>();
  for (const column of columnsOf(survey, table)) {
    const form = debeziumForm(column, settings);
    if (!form) return `Debezium's format of ${column.type} is not written here: leave out the column ${column.name}`;
    forms.set(column.name, form);
  }
  if (live?.format?.value !== 'debezium') return undefined;
  const rows = format.valueSchema === undefined ? undefined : rowSchemasOf(format.valueSchema);
  const keys = format.keySchema === undefined ? undefined : fieldSchemasOf(format.keySchema);
  const kindOf = (name: string) => forms.get(name)?.json;
  return (
    findFieldsObstacle(table, live, kindOf) ??
    (rows &&
      findSchemaObstacle(
        table.columns.map(({ source, target }) => [target, forms.get(source)?.schema]),
        rows,
      )) ??
    (keys &&
      findSchemaObstacle(
        (table.key ?? []).map((name) => [name, forms.get(name)?.schema]),
        keys,
      ))
  );
}

function findPlainDifference(survey: Survey, table: TablePlan, live: LiveTopic): string | undefined {
  const kinds = new Map(columnsOf(survey, table).map((column) => [column.name, plainKind(column)]));
  const schema = live.format?.valueSchema;
  const names = table.columns.map(({ target }) => target);
  return (
    findFieldsObstacle(table, live, (name) => kinds.get(name)) ??
    (schema === undefined ? undefined : findNamesObstacle(names, Object.keys(fieldSchemasOf(schema))))
  );
}

/** Every field must be there, and of the kind that would be written. */
function findFieldsObstacle(
  { columns, key = [] }: TablePlan,
  { topic, rowFields = {}, keyFields = {} }: LiveTopic,
  kindOf: (column: string) => JsonKind | undefined,
): string | undefined {
  for (const { source, target } of columns) {
    const found = Object.hasOwn(rowFields, target) ? rowFields[target] : undefined;
    if (found === undefined) return `records of ${topic} have no field ${target}: leave out the column ${source}`;
    const wrong = isOther(found, kindOf(source));
    if (wrong) return `${target} is ${found} in ${topic}, and would be ${kindOf(source)}`;
  }
  const odd = key.find((name) => isOther(keyFields[name], kindOf(name)));
  return odd && `${odd} is ${keyFields[odd]} in keys of ${topic}, and would be ${kindOf(odd)}`;
}

/** What says nothing is none: NULL, and a column of JSON, which may hold any kind. */
function isOther(found: JsonKind | undefined, written: JsonKind | undefined): boolean {
  return found !== undefined && found !== 'null' && written !== undefined && found !== written;
}

/** A schema stands for every field of the payload, in its order. */
function findSchemaObstacle(
  written: [name: string, schema: string | undefined][],
  schemas: Record<string, string>,
): string | undefined {
  const other = written.find(([name, schema]) => schemas[name] !== schema);
  return (
    findNamesObstacle(
      written.map(([name]) => name),
      Object.keys(schemas),
    ) ??
    (other && `its live topic's schema has ${other[0]} as ${schemas[other[0]]}, and it would be ${other[1]}`)
  );
}

function findNamesObstacle(names: string[], wanted: string[]): string | undefined {
  if (names.join('\0') === wanted.join('\0')) return undefined;
  return `its live topic's schema has the fields ${wanted.join(', ')}, and these would be ${names.join(', ')}`;
}

function columnsOf(survey: Survey, { source, columns, key = [] }: TablePlan): ColumnSurvey[] {
  const surveyed = survey.source.tables.find(({ name }) => name === source)?.columns ?? [];
  return surveyed.filter(({ name }) => key.includes(name) || columns.some((column) => column.source === name));
}
