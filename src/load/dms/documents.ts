import { documentName } from '../../store/documents.ts';
import type { Kind } from './names.ts';

/** The ARNs of what was made or found, so that it need not be asked for again: DMS counts an account's requests. */
export interface Made {
  arns: Partial<Record<Kind, string>>;
  /** Kinds that were seen to be usable. */
  ready: Kind[];
}

/** How far a tear-down is. Nothing of it is needed to begin one: without this everything is looked for by its name. */
export interface Removing {
  /** ISO 8601, UTC. */
  startedAt: string;
  /** What there is of the load, with the ARN: once it is gone it is reported as deleted. */
  seen: Partial<Record<Kind, string>>;
  /** Absent: it is looked for. `delete`: it is there and waits to be deleted. */
  next: Partial<Record<Kind, 'delete' | 'gone'>>;
  refused: Partial<Record<Kind, { times: number; detail: string }>>;
  /** Everything is looked for once more at the end, since a step of the load may still be making something. */
  lookAgain: boolean;
  ended: boolean;
}

export const madeDocument = documentName<Made>('dms/made.json');
export const removingDocument = documentName<Removing>('dms/removing.json');
