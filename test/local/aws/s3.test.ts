import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-s3';
import { startS3StandIn, type S3StandIn } from '../../../local/aws/s3.ts';

let directory: string;
let standIn: S3StandIn;
let client: sdk.S3Client;

async function start(options: Parameters<typeof startS3StandIn>[0]): Promise<void> {
  standIn = await startS3StandIn(options);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new sdk.S3Client({ endpoint: standIn.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 });
}
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 's3-test-'));
});
afterEach(async () => {
  client.destroy();
  await standIn.stop();
  await rm(directory, { recursive: true });
});

const Bucket = 'loads';
const put = (Key: string, Body = Key, more: Partial<sdk.PutObjectCommandInput> = {}) =>
  client.send(new sdk.PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, Range?: string) => {
  const answer = await client.send(new sdk.GetObjectCommand({ Bucket, Key, Range }));
  return { text: await answer.Body!.transformToString(), ...answer };
};
const list = (query: Partial<sdk.ListObjectsV2CommandInput> = {}) =>
  client.send(new sdk.ListObjectsV2Command({ Bucket, ...query }));

describe.each([
  ['in memory', () => start({})],
  ['in a directory', () => start({ directory })],
])('objects %s', (_where, open) => {
  beforeEach(open);

  test('are what was put, until they are put anew or removed', async () => {
    await put('a/b.json', 'one', { Metadata: { creator: 'me' } });
    const first = await read('a/b.json');
    expect(first).toMatchObject({ text: 'one', ContentLength: 3, Metadata: { creator: 'me' } });
    await put('a/b.json', 'another');
    expect(await read('a/b.json')).toMatchObject({ text: 'another', Metadata: {} });
    expect((await read('a/b.json')).ETag).not.toBe(first.ETag);
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'a/b.json' }));
    await expect(read('a/b.json')).rejects.toMatchObject({ name: 'NoSuchKey' });
    // Once more is no error.
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'a/b.json' }));
  });

  test('are put by one of several at once, if there is to be none yet', async () => {
    const all = await Promise.allSettled([1, 2, 3, 4, 5].map((n) => put('a', `${n}`, { IfNoneMatch: '*' })));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused).toMatchObject(refused.map(() => ({ reason: { name: 'PreconditionFailed' } })));
    const winner = all.findIndex(({ status }) => status === 'fulfilled') + 1;
    expect((await read('a')).text).toBe(`${winner}`);
  });

  test('say how big they are', async () => {
    await put('a', 'four');
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(head).toMatchObject({ ContentLength: 4, ETag: (await read('a')).ETag });
    expect(head.LastModified!.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await expect(client.send(new sdk.HeadObjectCommand({ Bucket, Key: 'b' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });

  test.each([
    ['bytes=0-2', 'abc', 'bytes 0-2/6'],
    ['bytes=4-', 'ef', 'bytes 4-5/6'],
    ['bytes=-2', 'ef', 'bytes 4-5/6'],
    ['bytes=3-100', 'def', 'bytes 3-5/6'],
  ])('are read in part: %s', async (range, text, ContentRange) => {
    await put('a', 'abcdef');
    expect(await read('a', range)).toMatchObject({ text, ContentRange, ContentLength: text.length });
  });

  test('are not read where they have no bytes', async () => {
    await put('a', 'abcdef');
    await expect(read('a', 'bytes=6-7')).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  test('are listed in the order of their bytes, with their sizes', async () => {
    for (const key of ['b', 'a/é', 'a/z', 'B', 'a&<b>']) await put(key);
    const { Contents, KeyCount, IsTruncated } = await list();
    expect(Contents!.map(({ Key, Size }) => [Key, Size])).toEqual([
      ['B', 1],
      ['a&<b>', 5],
      ['a/z', 3],
      ['a/é', 4],
      ['b', 1],
    ]);
    expect(Contents![0]!.LastModified).toBeInstanceOf(Date);
    expect({ KeyCount, IsTruncated }).toEqual({ KeyCount: 5, IsTruncated: false });
    const encoded = await list({ Prefix: 'a/', EncodingType: 'url' });
    expect(encoded.Contents!.map(({ Key }) => Key)).toEqual(['a/z', 'a/%C3%A9']);
  });

  test('are listed folder by folder, from a key on, and page by page', async () => {
    for (const key of ['t/1', 't/2', 'u/1', 'u/2', 'v', 'w']) await put(key);
    const top = await list({ Delimiter: '/' });
    expect(top.CommonPrefixes!.map(({ Prefix }) => Prefix)).toEqual(['t/', 'u/']);
    expect(top.Contents!.map(({ Key }) => Key)).toEqual(['v', 'w']);
    const later = await list({ StartAfter: 't/2', Delimiter: '/', MaxKeys: 2 });
    expect(later).toMatchObject({
      CommonPrefixes: [{ Prefix: 'u/' }],
      Contents: [{ Key: 'v' }],
      KeyCount: 2,
      IsTruncated: true,
    });
    const keys: (string | undefined)[][] = [];
    for await (const { Contents = [] } of sdk.paginateListObjectsV2({ client, pageSize: 4 }, { Bucket })) {
      keys.push(Contents.map(({ Key }) => Key));
    }
    expect(keys).toEqual([
      ['t/1', 't/2', 'u/1', 'u/2'],
      ['v', 'w'],
    ]);
    expect((await list({ Prefix: 'x' })).Contents).toBeUndefined();
  });

  test('are removed several at once', async () => {
    for (const key of ['a/1', 'a/2 & 3', 'b']) await put(key);
    const Objects = [{ Key: 'a/1' }, { Key: 'a/2 & 3' }, { Key: 'none' }];
    const { Deleted } = await client.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted!.map(({ Key }) => Key)).toEqual(['a/1', 'a/2 & 3', 'none']);
    expect((await list()).Contents!.map(({ Key }) => Key)).toEqual(['b']);
  });
});

describe('in a directory', () => {
  beforeEach(() => start({ directory }));

  test('objects are files that other programs share', async () => {
    await put('hr/one.json', '1');
    expect(await readFile(join(directory, 'loads/hr/one.json'), 'utf8')).toBe('1');
    await mkdir(join(directory, 'loads/hr/table'));
    await writeFile(join(directory, 'loads/hr/table/part-0.parquet'), 'PAR1');
    expect((await list()).Contents!.map(({ Key }) => Key)).toEqual(['hr/one.json', 'hr/table/part-0.parquet']);
    expect((await read('hr/table/part-0.parquet')).text).toBe('PAR1');
  });

  test('none is left where the last object was removed, as there are no directories in S3', async () => {
    await put('hr/table/part-0', '1');
    await client.send(new sdk.DeleteObjectCommand({ Bucket, Key: 'hr/table/part-0' }));
    expect(await readdir(directory)).toEqual(['.uploads']);
  });

  test('a key that leads out of it is refused', async () => {
    const answer = await fetch(`${standIn.endpoint}/loads/%2e%2e%2f%2e%2e%2fx`, { method: 'PUT', body: '1' });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("can't be the name of one");
  });
});

test('what it does not do, it says', async () => {
  await start({});
  const copy = new sdk.CopyObjectCommand({ Bucket, Key: 'b', CopySource: 'loads/a' });
  await expect(client.send(copy)).rejects.toMatchObject({ name: 'NotImplemented' });
  expect((await fetch(`${standIn.endpoint}/loads/a`)).headers.get('server')).toBe('stand-in');
});
