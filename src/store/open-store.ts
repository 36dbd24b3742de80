import { s3 } from '../aws/clients.ts';
import { RequestError } from '../errors.ts';
import { DirectoryStore } from './directory-store.ts';
import type { LoadStore } from './load-store.ts';
import { S3Store } from './s3-store.ts';

const S3_ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** Opens the store at `s3://bucket/prefix`, or in a directory. Nothing is read or made before the first document. */
export function openStore(address: string): LoadStore {
  if (!/^[a-z0-9]+:\/\//i.test(address) && address !== '') return new DirectoryStore(address);
  const place = S3_ADDRESS.exec(address);
  if (place === null) {
    throw new RequestError({
      field: 'load store',
      value: address,
      wrong: 'this is no address of a load store',
      advice: 'Write s3://bucket, s3://bucket/prefix or the path of a directory',
    });
  }
  const prefix = (place[2] ?? '').replace(/\/+$/, '');
  return new S3Store({ bucket: place[1] ?? '', prefix: prefix === '' ? '' : `${prefix}/` }, s3);
}
