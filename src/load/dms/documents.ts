import type { QualifiedName } from '../../model.ts';
import { documentName } from '../../store/documents.ts';
import type { Kind } from './names.ts';

/** The ARNs of what was made or found, so that it need not be asked for again: DMS counts an account's requests. */
export interface Made {
  arns: Partial<Record<Kind, string>>;
  /** Kinds that were seen to be usable. */
  ready: Kind[];
}

/** Asked of the data plane before DMS loads into tables that may hold rows of an earlier start; see empty-tables.ts. */
export interface Restart {
  /** Random, and the fence in the bookkeeping once the tables are empty. */
  id: string;
  tables: QualifiedName[];
  emptied: boolean;
  /** How often the load was restarted, or tables reloaded, in this attempt. */
  count: number;
}

/** What deletion was begun of: once it can't be found any more it is reported as deleted. */
export type Removing = { type: string; id: string }[];

export const madeDocument = documentName<Made>('dms/made.json');
export const restartDocument = documentName<Restart>('dms/restart.json');
export const removingDocument = documentName<Removing>('dms/removing.json');
