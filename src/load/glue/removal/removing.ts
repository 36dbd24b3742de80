import { documentName } from '../../../store/documents.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import * as shared from '../../removing.ts';
import { ROWS_FOLDER, SCRIPT_FOLDER } from '../addresses.ts';
import { KINDS, nameOf, type Kind } from '../names.ts';
import { readMade } from '../resources/made.ts';

export type Removing = shared.Removing<Kind>;

export const removal: shared.Removal<Kind> = {
  kinds: KINDS,
  idOf: (load, kind) =>
    kind === 'scripts' ? scriptFolder(load) : kind === 'rows' ? rowsFolder(load) : nameOf(load, kind),
  isOver: shared.isDone,
  document: documentName<Removing>('glue/removing.json'),
  waitsFor: 'what was made in Glue, until it is gone',
};

/** The job is made last: without it something may still be being made. */
export function readRemoving(load: OwnedLoad): Promise<Removing> {
  return shared.readRemoving(load, removal, async () => {
    const { arns, scripts } = await readMade(load);
    const seen = { ...arns, ...(scripts && { scripts: scriptFolder(load) }) };
    return { seen, next: {}, lookAgain: arns.job === undefined };
  });
}

function scriptFolder({ documents }: OwnedLoad): string {
  return documents.addressOf(documentName(SCRIPT_FOLDER));
}

export function rowsFolder({ documents }: OwnedLoad): string {
  return documents.addressOf(documentName(ROWS_FOLDER));
}
