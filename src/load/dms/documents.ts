import { documentName } from '../../store/documents.ts';
import type { Kind } from './names.ts';

/** The ARNs of what was made or found, so that it need not be asked for again: DMS counts an account's requests. */
export interface Made {
  arns: Partial<Record<Kind, string>>;
  /** Kinds that were seen to be usable. */
  ready: Kind[];
}

export const madeDocument = documentName<Made>('dms/made.json');
