import type { QualifiedName } from '../../../model.ts';
import { tableNameOf } from '../../../request/table-name.ts';
import type { Load } from '../../../services.ts';
import type { TableState } from './runner.ts';

/** A table that the load asks for, under the names by which DMS knows it: the source's, without quotes. */
export interface WantedTable {
  source: QualifiedName;
  target: QualifiedName;
  schema: string;
  table: string;
}

/** What DMS must have loaded for the load to have succeeded. */
export interface Wanted {
  tables: WantedTable[];
  /** DMS was asked to compare every row once it is loaded. */
  validation: boolean;
}

export function wantedOf({ plan, request }: Pick<Load, 'plan' | 'request'>): Wanted {
  const tables = plan.tables.map(({ source, target }) => ({ source, target, ...tableNameOf(source) }));
  return { tables, validation: request.dms?.validation === true };
}

export function findState(wanted: WantedTable, tables: TableState[]): TableState | undefined {
  return tables.find(({ schema, table }) => schema === wanted.schema && table === wanted.table);
}
