import { RequestError, TransientError } from '../errors.ts';
import { isFolderEmpty, removeFolder } from '../files/folder.ts';
import type { TornDown } from '../model.ts';
import { filesOf, filesTargetOf, type FilesTarget } from '../request/files-target.ts';
import type { Load } from '../services.ts';
import { documentName } from '../store/documents.ts';

/** Folders that the load found empty, so that whatever is in them is its own. Written before the first file. */
export const foldersDocument = documentName<{ folders: string[]; foundAt: string }>('folders.json');

/**
 * Finds the folders of the load's files empty, once: a next attempt writes over what an earlier one has left there.
 * @throws RequestError for one that isn't empty, or can't be looked at; TransientError
 */
export async function prepareFiles(load: Load): Promise<void> {
  const target = filesTargetOf(load.request);
  if (!target || (await load.documents.read(foldersDocument)) !== undefined) return;
  const folders = load.plan.tables.map((table) => filesOf(target, table.target));
  for (const folder of folders) await assertEmpty(target, folder);
  await load.documents.write(foldersDocument, { folders, foundAt: load.services.now().toISOString() });
}

async function assertEmpty({ uri }: FilesTarget, folder: string): Promise<void> {
  const empty = await isFolderEmpty(folder).catch((error: unknown) => {
    if (error instanceof TransientError) throw error;
    const wrong = (error as Error).message.replace(/\.$/, '');
    const advice = 'See that the bucket is there, and that the deployment may list it';
    throw new RequestError({ field: 'target.uri', value: uri, wrong, advice }, { cause: error });
  });
  if (empty) return;
  throw new RequestError({
    field: 'target.uri',
    value: uri,
    wrong: `there are files in ${folder} already`,
    advice: 'Remove them, or name another prefix',
  });
}

/**
 * What a failed load has written goes, with all that is in its folders. Nothing may write to them any more.
 * @throws TransientError, Error with what S3 said
 */
export async function cleanFiles(load: Load, { keep }: { keep: boolean }): Promise<TornDown[]> {
  const found = await load.documents.read(foldersDocument);
  const tornDown: TornDown[] = [];
  for (const folder of found?.folders ?? []) {
    const files = keep ? Number(!(await isFolderEmpty(folder))) : await removeFolder(folder);
    if (files > 0) tornDown.push({ type: 'files', id: folder, status: keep ? 'kept' : 'deleted' });
  }
  return tornDown;
}
