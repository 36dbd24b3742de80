import { RequestError, TransientError } from '../errors.ts';
import { isFolderEmpty, removeFolder } from '../files/folder.ts';
import type { TornDown } from '../model.ts';
import { filesOf, filesTargetOf, type FilesTarget } from '../request/files-target.ts';
import type { Load } from '../services.ts';
import { foldersDocument } from '../store/documents.ts';

/**
 * Finds the folders of the load's files empty, once, and writes that down before the first file is written: a next attempt
 * writes over what an earlier one has left there.
 *
 * @throws RequestError for one that isn't empty, or can't be looked at; TransientError
 */
export async function prepareFiles(load: Load): Promise<void> {
  const target = filesTargetOf(load.request);
  if (!target || (await load.documents.read(foldersDocument)) !== undefined) return;
  const folders = load.plan.tables.map((table) => filesOf(target, table.target));
  const full = await findFull(target, folders);
  if (full !== undefined) {
    // Another call of this step may have found them empty, and the files be the load's own by now.
    if ((await load.documents.read(foldersDocument)) !== undefined) return;
    throw new RequestError({
      field: 'target.uri',
      value: target.uri,
      wrong: `there are files in ${full} already`,
      advice: 'Remove them, or name another prefix',
    });
  }
  await load.documents.write(foldersDocument, { folders, foundAt: load.services.now().toISOString() });
}

/** @throws RequestError for one that can't be looked at, TransientError */
async function findFull({ uri }: FilesTarget, folders: string[]): Promise<string | undefined> {
  try {
    for (const folder of folders) if (!(await isFolderEmpty(folder))) return folder;
    return undefined;
  } catch (error) {
    if (error instanceof TransientError) throw error;
    const wrong = (error as Error).message.replace(/\.$/, '');
    const advice = 'See that the bucket is there, and that the deployment may list it';
    throw new RequestError({ field: 'target.uri', value: uri, wrong, advice }, { cause: error });
  }
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
