import { debeziumForm } from '../../databases/postgres/debezium-forms.ts';
import type { TablePlan } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';
import type { Load } from '../../services.ts';
import { positionsDocument } from '../../store/documents.ts';
import { encoderOf, type Encode } from './encoder.ts';

/** How the rows of a table become records of its topic. */
export interface TableFormat {
  /** For selectJson. */
  formOf(column: string, value: string): string;
  encode: Encode;
  /** Whether records show where in the snapshot a row stands. */
  showsMarks: boolean;
}

/** The format that the plan gives each table's topic. */
export async function tableFormats(load: Load): Promise<(table: TablePlan) => TableFormat> {
  const { before } = (await load.documents.read(positionsDocument)) ?? {};
  const moment = { takenAt: before?.takenAt ?? load.startedAt.toISOString(), ...(before?.lsn && { lsn: before.lsn }) };
  const formats = new Map<string, TableFormat>();
  return (table) => {
    const known = formats.get(table.source) ?? formatOf(load, table, moment);
    formats.set(table.source, known);
    return known;
  };
}

function formatOf(load: Load, table: TablePlan, moment: { takenAt: string; lsn?: string }): TableFormat {
  const { survey, plan, request } = load;
  const topics = [...(plan.topics ?? []), ...(plan.liveTopics ?? [])];
  const format = topics.find((topic) => topic.table === table.source)?.format;
  if (!format) throw new Error(`The plan has no topic for ${table.source}.`);
  const { schema, table: name } = tableNameOf(table.source);
  const live = survey.kafka?.liveTopics.find((topic) => topic.table === table.source)?.topic;
  const ending = `.${schema}.${name}`;
  const origin = {
    ...moment,
    name: live?.endsWith(ending) ? live.slice(0, -ending.length) : request.dataset,
    database: survey.source.database,
    schema,
    table: name,
  };
  const encode = encoderOf(format, origin, table.keyTypes);
  return { formOf: formsOf(load, table, format.connector), encode, showsMarks: format.value === 'debezium' };
}

function formsOf(
  { survey }: Load,
  { source }: TablePlan,
  connector: Parameters<typeof debeziumForm>[1] | undefined,
): TableFormat['formOf'] {
  if (!connector) return (_, value) => value;
  const columns = survey.source.tables.find(({ name }) => name === source)?.columns ?? [];
  const forms = new Map(columns.map((column) => [column.name, debeziumForm(column, connector)]));
  return (column, value) => forms.get(column)?.sql?.(value) ?? value;
}
