/**
 * What Kafka Connect's JsonConverter writes of Debezium's events, with and without schemas (debezium.io, connectors,
 * "Data change events"), and of those that ExtractNewRecordState has flattened.
 */

interface Event {
  op?: string;
  after?: object | null;
  __deleted?: string;
  source?: { snapshot?: string };
}

/** What a record says of its row. */
export interface RowEvent {
  deleted: boolean;
  /** It was read from the table, and is no change of it. */
  read: boolean;
}

/** The object that a converter wrote; undefined where it is none of JSON. @param revive as JSON.parse takes it, which makes it slow */
export function payloadIn(bytes: Buffer, revive?: typeof keepDigits): Record<string, unknown> | undefined {
  try {
    const parsed = JSON.parse(bytes.toString(), revive) as unknown;
    if (!isObject(parsed)) return undefined;
    return isObject(parsed['payload']) && 'schema' in parsed ? parsed['payload'] : parsed;
  } catch {
    return undefined;
  }
}

/** What a record's value says; undefined where it is no JSON. Of none, a tombstone, that the row is gone. */
export function eventIn(value: Buffer | null): RowEvent | undefined {
  if (value === null || value.length === 0) return { deleted: true, read: false };
  const event = payloadIn(value) as Event | undefined;
  if (!event) return undefined;
  return {
    deleted: event.op === 'd' || event.after === null || event['__deleted'] === 'true',
    read: event.op === 'r',
  };
}

/** The values of a key's columns as text, in their order; undefined where the record's key has others. */
export function keyIn(key: Buffer, columns: string[]): string[] | undefined {
  const values = payloadIn(key, keepDigits);
  if (!values) return undefined;
  const texts = columns.map((column) => values[column]);
  const known = texts.every((value) => typeof value === 'string' || typeof value === 'boolean');
  return known ? texts.map(String) : undefined;
}

/** JSON.parse gives a reviver the text that a value was read from: numbers of 64 bits are more than a double holds. */
function keepDigits(_name: string, value: unknown, context?: { source: string }): unknown {
  return typeof value === 'number' && context ? context.source : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
