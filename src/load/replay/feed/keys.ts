import { LoadFailedError } from '../../../errors.ts';
import { partitionOf } from '../../../kafka/partition-of.ts';

const SHOWN_BYTES = 100;

/** What a record of a live topic is told by: the text of its key, however its JSON is written. */
export type RowKey = string;

/**
 * Reads the keys of one live topic's records. Everything rests on them: an event that isn't known for its row's would leave a
 * stale row over it. So keys that are not what this load writes, and a partition that Kafka's own producers would not have
 * chosen, end the load.
 */
export class KeyReader {
  readonly #topic: { topic: string; partitions: number };
  readonly #columns: string[];

  /** @param columns of the table's key, in its order */
  constructor(topic: { topic: string; partitions: number }, columns: string[]) {
    [this.#topic, this.#columns] = [topic, columns];
  }

  /** Of a row that this load reads. */
  own(key: Buffer): RowKey {
    const found = this.#read(key);
    if (found === undefined) throw new Error(`A row's key is not of ${this.#columns.join(', ')}.`);
    return found;
  }

  /** Of an event that somebody else published. @throws LoadFailedError when it can't be told which row it is of */
  ofEvent(key: Buffer | null, place: { partition: number; offset: number }): RowKey {
    const { topic, partitions } = this.#topic;
    const record = `The record at offset ${place.offset} of ${topic}, partition ${place.partition},`;
    const found = key === null ? undefined : this.#read(key);
    if (key === null || found === undefined) {
      const shown = key === null ? 'null' : key.subarray(0, SHOWN_BYTES).toString();
      const wanted = this.#columns.join(', ');
      throw new LoadFailedError(
        `${record} has the key ${shown}, which is no JSON object of ${wanted}: it can't be told which row it is of.`,
      );
    }
    if (partitionOf(key, partitions) !== place.partition) {
      throw new LoadFailedError(
        `${record} is not where Kafka's own producers put its key: rows would come into other partitions than their events.`,
      );
    }
    return found;
  }

  /** With a schema in it (JsonConverter, schemas.enable) the key is the payload. */
  #read(key: Buffer): RowKey | undefined {
    const text = parse(key);
    const fields = isObject(text) && 'schema' in text && isObject(text['payload']) ? text['payload'] : text;
    if (!isObject(fields) || Object.keys(fields).length !== this.#columns.length) return undefined;
    const values = this.#columns.map((column) => fields[column]);
    return values.includes(undefined) ? undefined : JSON.stringify(values);
  }
}

function parse(key: Buffer): unknown {
  try {
    return JSON.parse(key.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
