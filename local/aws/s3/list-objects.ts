import { createHash } from 'node:crypto';
import type { Objects } from './objects.ts';
import { element } from './xml.ts';

/** ListObjectsV2: keys in the order of their bytes, those below a delimiter as one. @param query the request's own */
export async function listObjects(
  objects: Objects,
  bucket: string,
  query: URLSearchParams,
  pageSize: number,
): Promise<string> {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const paths = await objects.list(`${bucket}/${prefix}`);
  const keys = paths.map((path) => path.slice(bucket.length + 1)).sort(byBytes);
  const rolledUp = keys.map((key) => rollUp(key, prefix, delimiter));
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const entries = [...new Set(rolledUp)].filter((entry) => byBytes(entry, after) > 0);
  const most = Math.min(Number(query.get('max-keys') ?? pageSize), pageSize);
  const page = entries.slice(0, most);
  // boto3 asks for it.
  const isEncoded = query.get('encoding-type') === 'url';
  const named = (key: string) => (isEncoded ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
  const contents = await Promise.all(
    page.map(async (entry) =>
      keys.includes(entry)
        ? describe(objects, `${bucket}/${entry}`, named(entry))
        : `<CommonPrefixes>${element('Prefix', named(entry))}</CommonPrefixes>`,
    ),
  );
  const parts = [
    element('Name', bucket),
    element('Prefix', named(prefix)),
    element('MaxKeys', most),
    element('KeyCount', page.length),
    element('IsTruncated', entries.length > page.length),
    ...(isEncoded ? [element('EncodingType', 'url')] : []),
    ...(entries.length > page.length ? [element('NextContinuationToken', page.at(-1) ?? '')] : []),
    ...contents,
  ];
  return `<ListBucketResult>${parts.join('')}</ListBucketResult>`;
}

/** What stands for the key in the list: itself, or what it has in common with others below the delimiter. */
function rollUp(key: string, prefix: string, delimiter: string): string {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end === -1 ? key : key.slice(0, end + delimiter.length);
}

/** Nothing when it was removed meanwhile. */
async function describe(objects: Objects, path: string, key: string): Promise<string> {
  const object = await objects.read(path);
  if (object === undefined) return '';
  const fields = [
    element('Key', key),
    element('LastModified', object.modifiedAt.toISOString()),
    element('ETag', etagOf(object.body)),
    element('Size', object.body.length),
    element('StorageClass', 'STANDARD'),
  ];
  return `<Contents>${fields.join('')}</Contents>`;
}

export function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
