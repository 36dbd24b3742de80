import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sdk from '@aws-sdk/client-s3';
import { type S3StandIn, startS3StandIn } from '../../local/aws/s3.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import type { LoadStore } from '../../src/store/load-store.ts';
import { S3Store } from '../../src/store/s3-store.ts';

/** A store of each kind, empty, for tests that hold both to the same behaviour. */
export const stores: { kind: string; open(): Promise<{ store: LoadStore; close(): Promise<void> }> }[] = [
  {
    kind: 'a directory',
    async open() {
      const directory = await mkdtemp(join(tmpdir(), 'load-store-'));
      return { store: new DirectoryStore(directory), close: () => rm(directory, { recursive: true }) };
    },
  },
  {
    kind: 'a bucket',
    async open() {
      const standIn = await startS3StandIn({ pageSize: 3 });
      return { store: openS3Store(standIn), close: () => standIn.stop() };
    },
  },
];

export function openS3Store(standIn: S3StandIn, prefix = 'some/prefix/'): S3Store {
  const client = new sdk.S3Client({
    endpoint: standIn.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return new S3Store({ bucket: 'loads', prefix }, () => Promise.resolve({ sdk, client }));
}
