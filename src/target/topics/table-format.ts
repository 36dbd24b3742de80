import { debeziumForm } from '../../databases/postgres/debezium-forms.ts';
import type { ConnectorSettings, TablePlan, TopicFormat } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';
import type { Load } from '../../services.ts';
import { positionsDocument } from '../../store/documents.ts';
import { encoderOf, type Encode, type RowOrigin } from './encoder.ts';

/** How the rows of a table become records of its topic. */
export interface TableFormat {
  /** For selectJson. */
  formOf(column: string, value: string): string;
  encode: Encode;
  /** Whether records show where in the snapshot a row stands. */
  showsMarks: boolean;
}

/** Since when, and from which position on, rows are read: in every record of a load alike. */
export type ReadFrom = Pick<RowOrigin, 'takenAt' | 'lsn'>;

export async function readFromOf(load: Load): Promise<ReadFrom> {
  const { before } = (await load.documents.read(positionsDocument)) ?? {};
  return { takenAt: before?.takenAt ?? load.startedAt.toISOString(), ...(before?.lsn && { lsn: before.lsn }) };
}

export function tableFormatOf(load: Load, table: TablePlan, format: TopicFormat, readFrom: ReadFrom): TableFormat {
  const { survey, request } = load;
  const { schema, table: name } = tableNameOf(table.source);
  const live = survey.kafka?.liveTopics.find((topic) => topic.table === table.source)?.topic;
  const ending = `.${schema}.${name}`;
  const origin = {
    ...readFrom,
    name: live?.endsWith(ending) ? live.slice(0, -ending.length) : request.dataset,
    database: survey.source.database,
    schema,
    table: name,
  };
  const encode = encoderOf(format, origin, table.keyTypes);
  return { formOf: formsOf(load, table, format.connector), encode, showsMarks: format.connector !== undefined };
}

function formsOf(
  { survey }: Load,
  { source }: TablePlan,
  connector: ConnectorSettings | undefined,
): TableFormat['formOf'] {
  if (!connector) return (_, value) => value;
  const columns = survey.source.tables.find(({ name }) => name === source)?.columns ?? [];
  const forms = new Map(columns.map((column) => [column.name, debeziumForm(column, connector)]));
  return (column, value) => forms.get(column)?.sql?.(value) ?? value;
}
