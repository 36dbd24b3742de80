import { inferSettings } from '../databases/postgres/debezium-settings.ts';
import type { JsonKind, LiveTopic, TableSurvey } from '../model.ts';

/** A record of a live topic, as bytes of text. */
export interface Sample {
  key: string | null;
  value: string;
}
type Found = Pick<LiveTopic, 'format' | 'keyFields' | 'rowFields' | 'unlike'>;
type Fields = Record<string, unknown>;

const ENVELOPE = ['before', 'after', 'source', 'op'];
/** They stand as text among numbers, so they tell nothing of a type. */
const NO_NUMBERS = new Set<unknown>(['NaN', 'Infinity', '-Infinity']);

/** How a record of a live topic is written, judged by the table whose rows it is of. Pure. */
export function recogniseFormat({ key, value }: Sample, table: TableSurvey): Found {
  const record = withoutSchema(value);
  if (!record) return { unlike: describeBytes(value) };
  if (!isObject(record.payload)) return { unlike: 'its values are no JSON objects' };
  const isEnvelope = ENVELOPE.every((name) => Object.hasOwn(record.payload as Fields, name));
  const found = isEnvelope
    ? recogniseEnvelope(record.payload, record.prefix, table)
    : {
        format: { value: 'plain' as const, ...(record.prefix && { valueSchema: record.prefix }) },
        rowFields: kindsOf(record.payload),
      };
  return found.format ? { ...found, ...recogniseKey(key, table, found.format) } : found;
}

function recogniseEnvelope(envelope: Fields, prefix: string | undefined, table: TableSurvey): Found {
  const source = isObject(envelope['source']) ? envelope['source'] : {};
  const row = [envelope['after'], envelope['before']].find(isObject);
  if (source['connector'] !== 'postgresql')
    return { unlike: `its envelope is of the connector ${String(source['connector'])}, not of PostgreSQL's` };
  if (!row) return { unlike: 'its envelope has no row' };
  const schemas = prefix === undefined ? undefined : rowSchemasOf(prefix);
  const settings = inferSettings(
    table.columns.map((column) => {
      const schema = schemas?.[column.name];
      return { column, value: row[column.name], ...(schema !== undefined && { schema }) };
    }),
  );
  if ('unclear' in settings) return { unlike: settings.unclear };
  const { version, name } = source;
  return {
    format: {
      value: 'debezium',
      ...(prefix !== undefined && { valueSchema: prefix }),
      connector: {
        ...settings,
        envelope: Object.keys(envelope),
        source: Object.keys(source),
        ...(typeof version === 'string' && { version }),
        ...(typeof name === 'string' && { name }),
      },
    },
    rowFields: kindsOf(row),
  };
}

/** Its key must be made of the table's key alone, in its order: else no key of ours has the bytes of the publisher's. */
function recogniseKey(key: string | null, table: TableSurvey, format: NonNullable<Found['format']>): Found {
  const columns = table.key ?? [];
  if (key === null) return columns.length === 0 ? {} : { unlike: 'its records have no key' };
  const record = withoutSchema(key);
  const keys = record && isObject(record.payload) ? Object.keys(record.payload) : undefined;
  if (!record || !isObject(record.payload) || keys?.join('\0') !== columns.join('\0'))
    return { unlike: `its keys are no JSON objects of ${columns.join(', ') || 'nothing'}` };
  return {
    format: { ...format, ...(record.prefix !== undefined && { keySchema: record.prefix }) },
    keyFields: kindsOf(record.payload),
  };
}

/** With schemas JsonConverter writes `{"schema":…,"payload":…}`. @returns undefined for what is no JSON */
function withoutSchema(text: string): { payload: unknown; prefix?: string } | undefined {
  const parsed = parse(text);
  if (parsed === undefined || !isObject(parsed) || Object.keys(parsed).join() !== 'schema,payload')
    return parsed === undefined ? undefined : { payload: parsed };
  const mark = ',"payload":';
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1))
    // Only what stands outside the schema leaves an object when it is cut off.
    if (parse(`${text.slice(0, at)}}`) !== undefined)
      return { payload: parsed['payload'], prefix: text.slice(0, at + mark.length) };
  return { payload: parsed };
}

/**
 * Types of the row's fields in the schema of an envelope, as DebeziumForm has them.
 * @param prefix what stands before the payload
 */
export function rowSchemasOf(prefix: string): Record<string, string> {
  return namesOf(schemaOf(prefix).fields?.find(({ field }) => field === 'after'));
}

/** The same of a schema without an envelope: a key's, or that of plain rows. */
export function fieldSchemasOf(prefix: string): Record<string, string> {
  return namesOf(schemaOf(prefix));
}

function schemaOf(prefix: string): ConnectSchema {
  return (parse(`${prefix}null}`) as { schema: ConnectSchema }).schema;
}

function namesOf(schema: ConnectSchema | undefined): Record<string, string> {
  return Object.fromEntries((schema?.fields ?? []).map((each) => [each.field ?? '', nameOf(each)]));
}

interface ConnectSchema {
  type: string;
  name?: string;
  field?: string;
  fields?: ConnectSchema[];
  items?: ConnectSchema;
}

function nameOf({ type, name, items }: ConnectSchema): string {
  return type === 'array' && items ? `array of ${nameOf(items)}` : (name ?? type);
}

function kindsOf(fields: Fields): Record<string, JsonKind> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, kindOf(value)]));
}

function kindOf(value: unknown): JsonKind {
  if (value === null || NO_NUMBERS.has(value)) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as JsonKind);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns undefined for what is no JSON: JSON knows no undefined */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A schema registry's serializers begin with a zero and the schema's number. */
function describeBytes(value: string): string {
  return value.startsWith('\0') ? 'its records need a schema registry (Avro, Protobuf)' : 'its records are no JSON';
}
