/** More digits than these may not fit eight bytes. */
const DIGITS_OF_EIGHT_BYTES = 18;
const BYTES = 8;
/** What a number is called inside; nothing of a table's can be called so, since a column stands qualified. */
const NUMBER = '"il_number"';

/**
 * A number with a fixed scale, as Connect's Decimal has it in JSON: the digits without the point, as a big-endian
 * two's complement of as few bytes as it takes, in Base64 (java.math.BigInteger, toByteArray).
 * @param value numeric that always has `scale` digits behind the point
 */
export function decimalBytes(value: string, precision: number): string {
  return base64OfInteger(`replace(${value}::text, '.', '')`, precision);
}

/** A number as Java's BigDecimal writes it, and what is none by the connector's own names (io.debezium.data.SpecialValueDecimal). */
export function decimalText(value: string): string {
  return (
    `case ${value}::text when 'NaN' then 'NAN' when 'Infinity' then 'POSITIVE_INFINITY' ` +
    `when '-Infinity' then 'NEGATIVE_INFINITY' else ${value}::text end`
  );
}

/**
 * A number of any scale: `{"scale": …, "value": …}`, without zeros at the end (io.debezium.data.VariableScaleDecimal, to
 * which PostgresValueConverter gives them stripped).
 */
export function variableScaleDecimal(value: string): string {
  const text = `case when position('.' in ${value}::text) > 0 then rtrim(rtrim(${value}::text, '0'), '.') else ${value}::text end`;
  const digits = base64OfInteger(`replace("il_text", '.', '')`, Number.POSITIVE_INFINITY);
  return (
    `case when ${value} is not null then (select json_build_object('scale', length(split_part("il_text", '.', 2)), ` +
    `'value', ${digits}) from (select ${text} as "il_text") as "il_trimmed") end`
  );
}

/** NaN and the infinities, of which the connector makes NULL, are no integers: then the cast is an error that shows them. */
function base64OfInteger(digits: string, precision: number): string {
  return precision <= DIGITS_OF_EIGHT_BYTES ? ofEightBytes(digits) : ofAnyLength(digits);
}

function ofEightBytes(digits: string): string {
  const fits = Array.from({ length: BYTES - 1 }, (_, index) => {
    const limit = 2n ** (8n * BigInt(index + 1) - 1n);
    return `when ${NUMBER} between ${-limit} and ${limit - 1n} then ${index + 1}`;
  });
  const bytes = `case ${fits.join(' ')} else ${BYTES} end`;
  return `(select encode(substr(int8send(${NUMBER}), ${BYTES + 1} - (${bytes})), 'base64') from (select (${digits})::bigint as ${NUMBER}) as "il_digits")`;
}

/** Byte by byte: there is no function for it. encode() breaks its lines. */
function ofAnyLength(digits: string): string {
  const half = `power(256::numeric, "il_length") / 2`;
  const shortest =
    `(select min("il_length") from generate_series(1, length(${NUMBER}::text) / 2 + 1) as "il_length" ` +
    `where ${NUMBER} >= -${half} and ${NUMBER} < ${half})`;
  const byte = `mod(div("il_positive", power(256::numeric, "il_place")), 256)::integer`;
  const bytes =
    `(select string_agg(decode(lpad(to_hex(${byte}), 2, '0'), 'hex'), ''::bytea order by "il_place" desc) ` +
    `from generate_series(0, "il_bytes" - 1) as "il_place")`;
  return (
    `(select translate(encode(${bytes}, 'base64'), chr(10), '') from (` +
    `select "il_bytes", case when ${NUMBER} < 0 then ${NUMBER} + power(256::numeric, "il_bytes") else ${NUMBER} end as "il_positive" from (` +
    `select ${NUMBER}, ${shortest} as "il_bytes" from (` +
    `select case when ${digits} ~ '[a-z]' then (${digits})::bigint else (${digits})::numeric end as ${NUMBER}` +
    `) as "il_digits") as "il_measured") as "il_shifted")`
  );
}
