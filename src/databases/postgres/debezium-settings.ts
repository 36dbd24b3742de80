import type { ColumnSurvey, ConnectorSettings } from '../../model.ts';
import { withoutDomains } from './casts.ts';

/** One column of a record of the live topic. */
export interface SampledField {
  column: ColumnSurvey;
  /** Absent: NULL, or not in the record. */
  value?: unknown;
  /** As DebeziumForm has it; absent where the topic is written without schemas. */
  schema?: string;
}
type Settings = Pick<ConnectorSettings, 'decimals' | 'times' | 'binary'>;

const DEFAULTS: Settings = { decimals: 'precise', times: 'adaptive', binary: 'bytes' };
const DAY_MILLISECONDS = 86_400_000;
/** As milliseconds a moment between 1973 and 5138, as microseconds one of 1970 to 1973. */
const [LEAST_LIKELY, MOST_LIKELY] = [1e11, 1e14];
/** Base64 of so many bytes is hardly ever made of hexadecimal digits alone. */
const CERTAINLY_HEX_DIGITS = 24;

/**
 * What the connector's settings are, by a record of its: by the names in its schema, else by the values' forms; what nothing
 * decides is taken for the default. `unclear` says which column could mean either.
 */
export function inferSettings(fields: SampledField[]): Settings | { unclear: string } {
  const settings = { ...DEFAULTS };
  for (const field of fields) {
    const type = withoutDomains(field.column.structure ?? field.column.fingerprint);
    const found = told(type, field);
    if (found === 'unclear') return { unclear: `its value of ${field.column.name} (${type}) could mean either of two` };
    Object.assign(settings, found);
  }
  return settings;
}

function told(type: string, field: SampledField): Partial<Settings> | 'unclear' {
  const [name = ''] = type.split('(');
  const modifiers = /\(([^()]*)\)/.exec(type)?.[1]?.split(',').map(Number) ?? [];
  if (name === 'numeric') return decimalsTold(field, modifiers[0] === undefined ? undefined : (modifiers[1] ?? 0));
  if (name === 'money') return decimalsTold(field, 2);
  if (name === 'bytea') return binaryTold(field);
  const [, kind, precision] = /^(timestamp|time)(?:\((\d)\))? without time zone$/.exec(type) ?? [];
  if (type === 'date' || kind) return timesTold(field, kind, Number(precision ?? 6));
  return {};
}

/** @param scale undefined where each value has its own */
function decimalsTold({ value, schema }: SampledField, scale: number | undefined): Partial<Settings> | 'unclear' {
  if (schema !== undefined) return { decimals: schema === 'double' || schema === 'string' ? schema : 'precise' };
  if (typeof value === 'number') return { decimals: 'double' };
  if (typeof value !== 'string') return {};
  // Base64 has neither point, sign nor underscore, and four signs at least.
  if (scale === undefined || /^-?\d*[.]\d+$|^-|^NAN$|_INFINITY$/.test(value)) return { decimals: 'string' };
  const isBase64 = value.length % 4 === 0 && scale === 0 && /^\d+$/.test(value);
  if (isBase64) return 'unclear';
  return { decimals: /^\d+$/.test(value) ? 'string' : 'precise' };
}

function binaryTold({ value, schema }: SampledField): Partial<Settings> | 'unclear' {
  if (schema === 'bytes') return { binary: 'bytes' };
  if (typeof value !== 'string' || value === '') return {};
  if (/[-_]/.test(value)) return { binary: 'base64-url-safe' };
  if (/^([0-9a-f]{2})+$/.test(value)) {
    if (value.length >= CERTAINLY_HEX_DIGITS || value.length % 4 !== 0) return { binary: 'hex' };
    return 'unclear';
  }
  return { binary: 'base64' };
}

function timesTold(
  { value, schema }: SampledField,
  kind: string | undefined,
  precision: number,
): Partial<Settings> | 'unclear' {
  if (schema?.startsWith('org.apache.kafka.connect.data.')) return { times: 'connect' };
  if (schema === 'io.debezium.time.MicroTime' && precision <= 3) return { times: 'adaptive_time_microseconds' };
  if (schema !== undefined || typeof value !== 'number') return {};
  if (kind === 'time' && precision <= 3 && value > DAY_MILLISECONDS) return { times: 'adaptive_time_microseconds' };
  if (precision <= 3) return {};
  if (kind === 'time' && value > 0 && value < DAY_MILLISECONDS) return 'unclear';
  return kind === 'timestamp' && Math.abs(value) >= LEAST_LIKELY && Math.abs(value) < MOST_LIKELY ? 'unclear' : {};
}
