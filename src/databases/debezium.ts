import type { JsonKind } from '../model.ts';

/** How Debezium's connector writes the values of a column into JSON (its manual, PostgreSQL, "Data type mappings"). */
export interface DebeziumForm {
  /** SQL that row_to_json writes alike; absent: as it is. */
  sql?: (value: string) => string;
  json: JsonKind;
  /** The type in Connect's schema: its own name if it has one, else the kind; `array of …`. */
  schema: string;
}
