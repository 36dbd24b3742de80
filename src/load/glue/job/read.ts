import type { JdbcColumn, JdbcSource } from '../../../databases/jdbc.ts';
import { jdbcSourceOf } from '../../../databases/jdbc-sources.ts';
import type { Bounds } from '../../../databases/source-engine.ts';
import type { ColumnSurvey, KeyRange, TablePlan } from '../../../model.ts';
import { askedColumns } from '../../../request/table-transform.ts';
import type { Load } from '../../../services.ts';
import { sourceTableOf } from '../../../survey/loaded-tables.ts';
import { connectionsOf } from '../weigh/sizing.ts';
import type { JobRead } from './job-document.ts';

type Planned = Pick<Load, 'request' | 'survey' | 'plan'>;

/** How Spark reads a table: with every column that the request reads, of which it asks for those that it needs. */
export function readOf(load: Planned, table: TablePlan): JobRead {
  const engine = jdbcSourceOf(load.request.source.engine);
  const all = surveyedColumns(load, table);
  const columns = columnsOf(load, table).map((column, index) => jdbcColumn(engine, table, column, index + 1));
  const bounds = partitionsOf(load, table);
  const { key, ...rest } = sourceTableOf(load, table);
  // Without ranges there is nothing to tell by a key, which may be of any type.
  const read = bounds.length > 1 && key ? { ...rest, key } : rest;
  return {
    query: engine.readQuery(read, columns, all),
    partitions: bounds.map((each) => engine.partition(read, each)),
    columns: columns.map(({ column, text, typed }) => ({
      name: column.name,
      text,
      ...(typed !== undefined && { typed: engine.typedAs(column, typed)! }),
    })),
  };
}

/** Those of the source that expressions see, in its order; dropped ones too. */
export function columnsOf(load: Planned, table: TablePlan): ColumnSurvey[] {
  const asked = askedColumns(load.request, table.source);
  return surveyedColumns(load, table).filter(({ name }) => asked?.includes(name) ?? true);
}

function surveyedColumns({ survey }: Planned, table: TablePlan): ColumnSurvey[] {
  const surveyed = survey.source.tables.find(({ name }) => name === table.source);
  if (!surveyed) throw new Error(`The survey does not describe ${table.source}.`);
  return surveyed.columns;
}

function jdbcColumn(engine: JdbcSource, table: TablePlan, column: ColumnSurvey, number: number): JdbcColumn {
  const castTo = table.columns.find(({ source }) => source === column.name)?.castTo;
  const typed = `n${number}`;
  return {
    column,
    text: `c${number}`,
    ...(castTo !== undefined && { castTo }),
    ...(engine.typedAs(column, typed) !== undefined && { typed }),
  };
}

/** The plan's key ranges, neighbours joined so that no more connections read at once than the request allows. */
function partitionsOf({ request, plan }: Planned, table: TablePlan): Bounds[] {
  const ranges = plan.ranges.filter((range) => range.table === table.source);
  const parts = connectionsOf(table.source, ranges, request.limits);
  const begin = (part: number) => Math.round((part * ranges.length) / parts);
  return Array.from({ length: parts }, (_, part) => joined(ranges.slice(begin(part), begin(part + 1))));
}

function joined(ranges: KeyRange[]): Bounds {
  const [from, to] = [ranges[0]?.from, ranges.at(-1)?.to];
  return { ...(from && { from }), ...(to && { to }) };
}
