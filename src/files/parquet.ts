import { parquetMetadataAsync } from 'hyparquet';
import { s3 } from '../aws/clients.ts';
import { calling } from '../aws/failures.ts';
import { LoadFailedError } from '../errors.ts';
import { listFolder, type FileEntry } from './folder.ts';

/**
 * The files of a table in a folder, as readers of Parquet see them: what begins with `_` or `.` is no data (Hadoop's
 * convention), such as `_SUCCESS`.
 * @throws LoadFailedError for what a writer that was cut off has left; TransientError
 */
export async function listParquetFiles(folder: string): Promise<FileEntry[]> {
  const files = await listFolder(folder);
  const unfinished = files.find(({ key }) => key.slice(prefixLength(folder)).startsWith('_temporary/'));
  if (unfinished) throw new LoadFailedError(`${folder} holds files that were not finished: ${unfinished.key}.`);
  return files.filter(({ key }) => !key.slice(prefixLength(folder)).split('/').some(isHidden));
}

/**
 * The rows of one file, from the footer that its writer closed it with.
 * @throws LoadFailedError when it is no Parquet file; TransientError
 */
export async function countParquetRows(file: FileEntry): Promise<number> {
  let readFailure: unknown;
  const slice = (start: number, end = file.size) =>
    readBytes(file, start, end).catch((error: unknown) => {
      readFailure = error;
      throw error;
    });
  try {
    const { num_rows: rows } = await parquetMetadataAsync({ byteLength: file.size, slice });
    return Number(rows);
  } catch (error) {
    // What S3 says is told as that, not as a broken file.
    if (error === readFailure) throw error;
    const name = `s3://${file.bucket}/${file.key}`;
    throw new LoadFailedError(`${name} is no Parquet file: ${(error as Error).message}`, { cause: error });
  }
}

async function readBytes({ bucket, key }: FileEntry, start: number, end: number): Promise<ArrayBuffer> {
  const { client, sdk } = await s3();
  // The last byte of a range of HTTP is within it.
  const range = { Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` };
  const bytes = await calling(`Cannot read s3://${bucket}/${key}`, async () => {
    const { Body } = await client.send(new sdk.GetObjectCommand(range));
    return Body?.transformToByteArray();
  });
  return new Uint8Array(bytes ?? []).buffer;
}

function prefixLength(folder: string): number {
  return folder.length - folder.indexOf('/', 's3://'.length) - 1;
}

function isHidden(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}
