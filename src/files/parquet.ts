import { parquetMetadataAsync } from 'hyparquet';
import { LoadFailedError } from '../errors.ts';
import { readBytes, type FileEntry } from './folder.ts';

/**
 * The rows of one file, from the footer that its writer closed it with.
 * @throws LoadFailedError when it is no Parquet file; TransientError
 */
export async function countParquetRows(file: FileEntry): Promise<number> {
  let readFailure: unknown;
  const slice = (start: number, end = file.size) =>
    readBytes(file, start, end).then(
      (bytes) => new Uint8Array(bytes).buffer,
      (error: unknown) => {
        readFailure = error;
        throw error;
      },
    );
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
