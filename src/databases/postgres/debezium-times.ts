import type { ConnectorSettings } from '../../model.ts';
import type { DebeziumForm } from '../debezium.ts';

const MOST_FRACTION_DIGITS = 6;
const MILLISECOND_DIGITS = 3;

/** Since midnight: milliseconds or microseconds, by the column's precision unless the setting says one for all. */
export function timeOfDay(precision = MOST_FRACTION_DIGITS, { times }: ConnectorSettings): DebeziumForm {
  const microseconds = (value: string) => `(extract(epoch from ${value}) * 1000000)::bigint`;
  const isCoarse = times === 'connect' || (times === 'adaptive' && precision <= MILLISECOND_DIGITS);
  if (!isCoarse) return { sql: microseconds, json: 'number', schema: 'io.debezium.time.MicroTime' };
  const schema = times === 'connect' ? 'org.apache.kafka.connect.data.Time' : 'io.debezium.time.Time';
  return { sql: (value) => `${microseconds(value)} / 1000`, json: 'number', schema };
}

/** In UTC, ISO 8601, with no more digits than it takes; the end of a day is its beginning. */
export function zonedTime(value: string): string {
  return `regexp_replace(replace((${value} at time zone 'UTC')::text, '24:00:00', '00:00:00'), '[+]00$', 'Z')`;
}

/**
 * In UTC, ISO 8601, with as many digits as the column has. Years go as java.time writes them: the year before 1 is 0, those
 * beyond 9999 have a plus.
 */
export function zonedTimestamp(value: string, precision = MOST_FRACTION_DIGITS): string {
  const utc = `(${value} at time zone 'UTC')`;
  const year = `extract(year from ${utc})::integer`;
  const isoYear =
    `case when ${year} > 9999 then '+' || ${year} when ${year} > 0 then lpad(${year}::text, 4, '0') ` +
    `when ${year} = -1 then '0000' else '-' || lpad((-${year} - 1)::text, 4, '0') end`;
  const fraction = precision === 0 ? '' : ` || '.' || left(to_char(${utc}, 'US'), ${precision})`;
  return (
    `case when isfinite(${value}) then (${isoYear}) || to_char(${utc}, '-MM-DD"T"HH24:MI:SS')${fraction} || 'Z' ` +
    `else ${value}::text end`
  );
}
