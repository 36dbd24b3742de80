import type { DebeziumForm } from '../databases/debezium.ts';
import { debeziumForm } from '../databases/postgres/debezium-forms.ts';
import { plainKind } from '../databases/postgres/plain-kinds.ts';
import type { ColumnSurvey, ConnectorSettings, JsonKind, LiveTopic, Survey, TablePlan, TopicFormat } from '../model.ts';
import { fieldSchemasOf, rowSchemasOf } from '../survey/live-format.ts';

/** Why a table's rows can't be written in an envelope, or not like those of its live topic. */
export function findDebeziumObstacle(
  survey: Survey,
  table: TablePlan,
  format: TopicFormat & { connector: ConnectorSettings },
  live: LiveTopic | undefined,
): string | undefined {
  const forms = new Map<string, DebeziumForm>();
  for (const column of columnsOf(survey, table)) {
    const form = debeziumForm(column, format.connector);
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

/** In what plain rows would differ from those of the live topic. */
export function findPlainDifference(survey: Survey, table: TablePlan, live: LiveTopic): string | undefined {
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
