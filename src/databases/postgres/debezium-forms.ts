import type { ColumnSurvey, ConnectorSettings, JsonKind } from '../../model.ts';
import type { DebeziumForm } from '../debezium.ts';
import { withoutDomains } from './casts.ts';
import { decimalBytes, decimalText, variableScaleDecimal } from './debezium-decimals.ts';
import { quoteLiteral } from './identifiers.ts';
import { daysOf, microsecondsOf } from './jdbc.ts';
import { timeOfDay, zonedTime, zonedTimestamp } from './debezium-times.ts';

/** As row_to_json writes them. */
const AS_IT_IS: Record<string, [json: JsonKind, schema: string]> = {
  smallint: ['number', 'int16'],
  integer: ['number', 'int32'],
  bigint: ['number', 'int64'],
  boolean: ['boolean', 'boolean'],
  real: ['number', 'float'],
  'double precision': ['number', 'double'],
  uuid: ['string', 'io.debezium.data.Uuid'],
  tsvector: ['string', 'io.debezium.data.Tsvector'],
  ltree: ['string', 'io.debezium.data.Ltree'],
};
for (const text of ['text', 'character varying', 'character', '"char"', 'name', 'citext', 'inet', 'cidr', 'macaddr'])
  AS_IT_IS[text] = ['string', 'string'];
for (const range of ['macaddr8', 'int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'])
  AS_IT_IS[range] = ['string', 'string'];

const ARRAY = 'array of ';
const ENUM = 'enum ';
const MONEY_DIGITS = 19;
/** To the connector an average month is as long as this (io.debezium.time.MicroDuration). */
const MONTH_SECONDS = 2_629_800;
/** The infinities of timestamps, in µs: those of the driver (org.postgresql.PGStatement), which the connector hands on. */
const INFINITY_MICROSECONDS = ['9223372036825200000', '-9223372036832400000'];
const INFINITY_MILLISECONDS = ['9223372036825200', '-9223372036832400'];

/** @returns undefined for a type that it leaves out, or writes in a way that isn't known here */
export function debeziumForm(column: ColumnSurvey, settings: ConnectorSettings): DebeziumForm | undefined {
  return formOf(withoutDomains(column.structure ?? column.fingerprint), column.name, settings);
}

function formOf(type: string, column: string, settings: ConnectorSettings): DebeziumForm | undefined {
  if (type.startsWith(ARRAY)) return arrayForm(formOf(type.slice(ARRAY.length), column, settings), column);
  if (type.startsWith(ENUM)) return { json: 'string', schema: 'io.debezium.data.Enum' };
  const [name, ...modifiers] = partsOf(type);
  const asItIs = Object.hasOwn(AS_IT_IS, name) ? AS_IT_IS[name] : undefined;
  if (asItIs) return { json: asItIs[0], schema: asItIs[1] };
  switch (name) {
    case 'numeric':
      return numericForm(modifiers, settings);
    case 'money':
      return numericForm([MONEY_DIGITS, 2], settings, (value) => `${value}::numeric`);
    case 'bytea':
      return bytesForm(settings);
    case 'bit':
      return (modifiers[0] ?? 1) === 1
        ? { sql: (value) => `(${value} = B'1')`, json: 'boolean', schema: 'boolean' }
        : undefined;
    case 'oid':
      return { sql: (value) => `${value}::bigint`, json: 'number', schema: 'int64' };
    case 'json':
    case 'jsonb':
      return textForm('io.debezium.data.Json');
    case 'xml':
      return textForm('io.debezium.data.Xml');
    case 'interval':
      return intervalForm();
    case 'date':
      return dateForm(column, settings);
    case 'time without time zone':
      return timeOfDay(modifiers[0], settings);
    case 'time with time zone':
      return { sql: zonedTime, json: 'string', schema: 'io.debezium.time.ZonedTime' };
    case 'timestamp without time zone':
      return timestampForm(modifiers[0], settings);
    case 'timestamp with time zone':
      return {
        sql: (value) => zonedTimestamp(value, modifiers[0]),
        json: 'string',
        schema: 'io.debezium.time.ZonedTimestamp',
      };
    default:
      return undefined;
  }
}

/** Those of extensions stand as `<name> of <extension> <version>`. */
function partsOf(type: string): [name: string, ...modifiers: number[]] {
  const name = type.replace(/\([^()]*\)/, '').replace(/ of .*$/, '');
  return [name, ...(/\(([^()]*)\)/.exec(type)?.[1]?.split(',').map(Number) ?? [])];
}

function numericForm(
  [precision, scale = 0]: number[],
  { decimals }: ConnectorSettings,
  asNumeric = (value: string) => value,
): DebeziumForm | undefined {
  if (decimals === 'double')
    return { sql: (value) => `${asNumeric(value)}::double precision`, json: 'number', schema: 'double' };
  if (precision !== undefined && (scale < 0 || scale > precision)) return undefined;
  if (decimals === 'string') return { sql: (value) => decimalText(asNumeric(value)), json: 'string', schema: 'string' };
  if (precision === undefined)
    return { sql: variableScaleDecimal, json: 'object', schema: 'io.debezium.data.VariableScaleDecimal' };
  const sql = (value: string) => decimalBytes(asNumeric(value), precision);
  return { sql, json: 'string', schema: 'org.apache.kafka.connect.data.Decimal' };
}

function bytesForm({ binary }: ConnectorSettings): DebeziumForm {
  const base64 = (value: string) => `translate(encode(${value}, 'base64'), chr(10), '')`;
  const sql = {
    bytes: base64,
    base64,
    'base64-url-safe': (value: string) => `translate(encode(${value}, 'base64'), '+/' || chr(10), '-_')`,
    hex: (value: string) => `encode(${value}, 'hex')`,
  }[binary];
  return { sql, json: 'string', schema: binary === 'bytes' ? 'bytes' : 'string' };
}

function textForm(schema: string): DebeziumForm {
  return { sql: (value) => `${value}::text`, json: 'string', schema };
}

/** interval.handling.mode numeric, its default: microseconds. */
function intervalForm(): DebeziumForm {
  const part = (of: string, value: string) => `extract(${of} from ${value})::bigint`;
  return {
    sql: (value) =>
      `(((${part('year', value)} * 12 + ${part('month', value)}) * ${MONTH_SECONDS} + ${part('day', value)} * 86400 + ` +
      `${part('hour', value)} * 3600 + ${part('minute', value)} * 60) * 1000000 + ${part('microseconds', value)})`,
    json: 'number',
    schema: 'io.debezium.time.MicroDuration',
  };
}

/** The connector writes the infinities as nonsense, and years BC as years AD: neither is written here. */
function dateForm(column: string, { times }: ConnectorSettings): DebeziumForm {
  return {
    sql: (value) =>
      `case when ${value} >= '0001-01-01' and ${value} < 'infinity' then ${daysOf(value)} ` +
      `when ${value} is not null then ${refused(value, column)} end`,
    json: 'number',
    schema: times === 'connect' ? 'org.apache.kafka.connect.data.Date' : 'io.debezium.time.Date',
  };
}

function timestampForm(precision = 6, { times }: ConnectorSettings): DebeziumForm {
  const isCoarse = times === 'connect' || precision <= 3;
  const [last, first] = isCoarse ? INFINITY_MILLISECONDS : INFINITY_MICROSECONDS;
  const finite = (value: string) =>
    isCoarse ? `floor((${microsecondsOf(value)}) / 1000.0)::bigint` : `(${microsecondsOf(value)})`;
  const adaptive = isCoarse ? 'io.debezium.time.Timestamp' : 'io.debezium.time.MicroTimestamp';
  return {
    sql: (value) =>
      `case ${value} when 'infinity' then ${last} when '-infinity' then ${first} else ${finite(value)} end`,
    json: 'number',
    schema: times === 'connect' ? 'org.apache.kafka.connect.data.Timestamp' : adaptive,
  };
}

/** Of several dimensions the connector makes NULLs. */
function arrayForm(element: DebeziumForm | undefined, column: string): DebeziumForm | undefined {
  if (!element || element.json === 'array') return undefined;
  const { sql: elementSql } = element;
  const each = (value: string) =>
    elementSql
      ? `(select coalesce(json_agg(${elementSql('"il_element"')} order by "il_place"), '[]') ` +
        `from unnest(${value}) with ordinality as "il_elements"("il_element", "il_place"))`
      : `to_json(${value})`;
  return {
    sql: (value) =>
      `case when array_ndims(${value}) > 1 then to_json(${refused(value, column)}) ` +
      `when ${value} is not null then ${each(value)} end`,
    json: 'array',
    schema: `array of ${element.schema}`,
  };
}

/** An error that shows the value, and names the column. */
function refused(value: string, column: string): string {
  return `(${value}::text || ${quoteLiteral(` of column ${column} has no place in Debezium's format`)})::integer`;
}
