import { s3 } from '../aws/clients.ts';
import { calling } from '../aws/failures.ts';
import { LoadFailedError } from '../errors.ts';

/** An object of S3. A folder is `s3://bucket/prefix/`: every object whose key begins with the prefix. */
export interface FileEntry {
  bucket: string;
  key: string;
  /** In bytes. */
  size: number;
}

/** DeleteObjects takes so many keys (S3's API reference). */
const KEYS_A_REMOVAL = 1_000;
/** Hadoop's old convention, which the file system of EMR and Glue keeps to. */
const FOLDER_MARKER = '_$folder$';

/** Whether there is any object at all. @throws TransientError, Error with what S3 said */
export async function isFolderEmpty(folder: string): Promise<boolean> {
  const { client, sdk } = await s3();
  const { bucket, prefix } = placeOf(folder);
  const query = { Bucket: bucket, Prefix: prefix, MaxKeys: 1 };
  const { KeyCount, Contents = [] } = await calling(`Cannot list ${folder}`, () =>
    client.send(new sdk.ListObjectsV2Command(query)),
  );
  return (KeyCount ?? Contents.length) === 0;
}

/** All of its objects, those of folders in it too, by key. @throws TransientError, Error with what S3 said */
export function listFolder(folder: string): Promise<FileEntry[]> {
  return listObjects(folder, placeOf(folder).prefix);
}

/**
 * The files in it that hold data, as Hadoop's readers see them: what begins with `_` or `.` is none, such as `_SUCCESS`.
 * @throws LoadFailedError for what a writer that was cut off has left; TransientError
 */
export async function listDataFiles(folder: string): Promise<FileEntry[]> {
  const files = await listFolder(folder);
  const { prefix } = placeOf(folder);
  const unfinished = files.find(({ key }) => key.slice(prefix.length).startsWith('_temporary/'));
  if (unfinished) throw new LoadFailedError(`${folder} holds files that were not finished: ${unfinished.key}.`);
  return files.filter(({ key }) => !key.slice(prefix.length).split('/').some(isHidden));
}

/** The bytes from `start` up to `end`, which is not among them; fewer where the file ends. @throws TransientError, Error */
export async function readBytes(
  { bucket, key }: Pick<FileEntry, 'bucket' | 'key'>,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const { client, sdk } = await s3();
  // The last byte of a range of HTTP is within it.
  const range = { Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` };
  const bytes = await calling(`Cannot read s3://${bucket}/${key}`, async () => {
    const { Body } = await client.send(new sdk.GetObjectCommand(range));
    return Body?.transformToByteArray();
  });
  return bytes ?? new Uint8Array();
}

/**
 * Removes all of its objects, and the empty one beside it by which Glue's file system says that there is a folder.
 * @returns how many there were @throws TransientError, Error with what S3 said
 */
export async function removeFolder(folder: string): Promise<number> {
  const marker = placeOf(folder).prefix.replace(/\/$/, () => FOLDER_MARKER);
  const beside = (await listObjects(folder, marker)).filter(({ key }) => key === marker);
  const files = [...(await listFolder(folder)), ...beside];
  const { client, sdk } = await s3();
  const { bucket } = placeOf(folder);
  for (let from = 0; from < files.length; from += KEYS_A_REMOVAL) {
    const Objects = files.slice(from, from + KEYS_A_REMOVAL).map(({ key }) => ({ Key: key }));
    const removal = { Bucket: bucket, Delete: { Objects, Quiet: true } };
    const { Errors = [] } = await calling(`Cannot remove ${folder}`, () =>
      client.send(new sdk.DeleteObjectsCommand(removal)),
    );
    const [refused] = Errors;
    if (refused) throw new Error(`Cannot remove ${refused.Key} of ${folder}: ${refused.Code}: ${refused.Message}`);
  }
  return files.length;
}

async function listObjects(folder: string, prefix: string): Promise<FileEntry[]> {
  const { client, sdk } = await s3();
  const { bucket } = placeOf(folder);
  return calling(`Cannot list ${folder}`, async () => {
    const found: FileEntry[] = [];
    for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key = '', Size = 0 } of page.Contents ?? []) found.push({ bucket, key: Key, size: Size });
    }
    return found.sort((one, other) => (one.key < other.key ? -1 : 1));
  });
}

function isHidden(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}

function placeOf(folder: string): { bucket: string; prefix: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*\/)$/.exec(folder) ?? [];
  // Without the slash at the end, a folder would hold those whose names begin with its own.
  if (bucket === undefined || prefix === undefined) throw new Error(`${folder} is no folder of S3.`);
  return { bucket, prefix };
}
