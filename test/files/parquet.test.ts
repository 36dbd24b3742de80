import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { readFile } from 'node:fs/promises';
import { useStandIns } from '../../local/aws/environment.ts';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import { s3 } from '../../src/aws/clients.ts';
import { LoadFailedError, TransientError } from '../../src/errors.ts';
import { isFolderEmpty, listDataFiles, listFolder, removeFolder } from '../../src/files/folder.ts';
import { countParquetRows } from '../../src/files/parquet.ts';

// Written by Spark: seven rows.
const SEVEN_ROWS = new URL('seven-rows.parquet', import.meta.url);
const FOLDER = 's3://warehouse/mailer/hr.employees/';

describe("a table's Parquet files in S3", () => {
  let standIn: S3StandIn;
  let giveBack: () => void;
  let seven: Buffer;

  beforeAll(async () => {
    standIn = await startS3StandIn({ pageSize: 2 });
    giveBack = useStandIns({ s3: standIn });
    seven = await readFile(SEVEN_ROWS);
  });
  beforeEach(async () => {
    await removeFolder('s3://warehouse/mailer/');
  });
  afterAll(async () => {
    giveBack();
    await standIn.stop();
  });

  async function put(key: string, body: Buffer | string = seven): Promise<void> {
    const { client, sdk } = await s3();
    await client.send(new sdk.PutObjectCommand({ Bucket: 'warehouse', Key: `mailer/${key}`, Body: body }));
  }
  const rowsOf = async (folder: string) =>
    (await Promise.all((await listDataFiles(folder)).map(countParquetRows))).reduce((sum, rows) => sum + rows, 0);

  test('rows are counted by the footers of all files, over several pages of the list', async () => {
    for (const part of ['part-0', 'part-1', 'part-2', 'of=a/part-0']) await put(`hr.employees/${part}.parquet`);
    expect(await rowsOf(FOLDER)).toBe(28);
  });

  test("what is no data isn't counted, nor is the folder whose name begins with this one's", async () => {
    await put('hr.employees/part-0.parquet');
    await put('hr.employees/_SUCCESS', '');
    await put('hr.employees/.part-0.parquet.crc', 'crc');
    await put('hr.employees-2/part-0.parquet');
    expect(await rowsOf(FOLDER)).toBe(7);
  });

  test('only the end of a file is read', async () => {
    await put('hr.employees/part-0.parquet', Buffer.concat([seven.subarray(0, 4), Buffer.alloc(2_000_000), seven]));
    const before = standIn.requests.length;
    expect(await rowsOf(FOLDER)).toBe(7);
    expect(
      standIn.requests.slice(before).filter((request) => request.startsWith('GET /warehouse/mailer')),
    ).toHaveLength(1);
  });

  test('files that a writer has not finished are no table', async () => {
    await put('hr.employees/_temporary/0/task_1/part-0.parquet');
    await expect(listDataFiles(FOLDER)).rejects.toThrow(/_temporary/);
  });

  test('a file that was cut off is told by its name', async () => {
    await put('hr.employees/part-0.parquet', seven.subarray(0, 400));
    await expect(rowsOf(FOLDER)).rejects.toThrow(LoadFailedError);
    await expect(rowsOf(FOLDER)).rejects.toThrow(
      's3://warehouse/mailer/hr.employees/part-0.parquet is no Parquet file',
    );
  });

  test('S3 that asks to slow down for long is told as that, and may pass', async () => {
    await put('hr.employees/part-0.parquet');
    const files = await listDataFiles(FOLDER);
    for (let n = 0; n < 5; n += 1) standIn.failNext({ method: 'GET', error: { status: 503, code: 'SlowDown' } });
    await expect(countParquetRows(files[0]!)).rejects.toThrow(TransientError);
  });

  test('a folder is emptied, however many pages it has, and then it is empty', async () => {
    for (let part = 0; part < 5; part += 1) await put(`hr.employees/part-${part}.parquet`);
    await put('hr.employees-2/part-0.parquet');
    expect(await isFolderEmpty(FOLDER)).toBe(false);
    expect(await removeFolder(FOLDER)).toBe(5);
    expect(await isFolderEmpty(FOLDER)).toBe(true);
    expect(await removeFolder(FOLDER)).toBe(0);
    expect(await listFolder('s3://warehouse/mailer/hr.employees-2/')).toHaveLength(1);
  });

  test('what says beside a folder that there is one goes with it, and nothing else', async () => {
    await put('hr.employees/part-0.parquet');
    await put('hr.employees_$folder$', Buffer.alloc(0));
    await put('hr.employees_$folder$s', Buffer.alloc(0));
    expect(await removeFolder(FOLDER)).toBe(2);
    expect(await listFolder('s3://warehouse/mailer/')).toMatchObject([{ key: 'mailer/hr.employees_$folder$s' }]);
  });

  test('a folder without its slash would be several, and is none', async () => {
    await expect(removeFolder('s3://warehouse/mailer/hr.employees')).rejects.toThrow('is no folder of S3');
  });

  test('what S3 refuses to remove is said', async () => {
    await put('hr.employees/part-0.parquet');
    const { client } = await s3();
    const send = client.send.bind(client);
    client.send = ((command: unknown, ...more: []) =>
      command instanceof DeleteObjectsCommand
        ? Promise.resolve({ Errors: [{ Key: 'mailer/a', Code: 'AccessDenied', Message: 'no' }] })
        : send(command as never, ...more)) as typeof client.send;
    await expect(removeFolder(FOLDER)).rejects.toThrow('mailer/a of s3://warehouse/mailer/hr.employees/: AccessDenied');
    client.send = send;
  });
});
