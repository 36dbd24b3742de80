import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { s3 } from '../aws/clients.ts';
import { calling } from '../aws/failures.ts';
import { TransientError } from '../errors.ts';
import { assertDocumentPath } from './document-path.ts';
import type { LoadStore } from './load-store.ts';

/** S3 answers 409 when a conditional write meets another write or delete of the same key, and asks to try again. */
const CONFLICT_PAUSES_MS = [50, 100, 200, 400, 800];

/** The load store in a bucket, whose reads, writes and lists are strongly consistent. An object for each document. */
export class S3Store implements LoadStore {
  readonly address: string;
  private readonly bucket: string;
  private readonly prefix: string;
  private readonly connect: typeof s3;

  /** @param place `prefix` is empty or ends with a slash. */
  constructor(place: { bucket: string; prefix: string }, connect: typeof s3) {
    this.bucket = place.bucket;
    this.prefix = place.prefix;
    this.address = `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, '');
    this.connect = connect;
  }

  async read(path: string): Promise<unknown> {
    const object = await this.get(path);
    return object === undefined ? undefined : (JSON.parse(object.text) as unknown);
  }

  async write(path: string, document: unknown): Promise<void> {
    await this.calling('write', path, () => this.put(path, document));
  }

  async create(path: string, document: unknown): Promise<boolean> {
    const creator = randomUUID();
    for (const pauseMs of CONFLICT_PAUSES_MS) {
      const answer = await this.calling('create', path, () => this.putIfNone(path, document, creator));
      if (answer === 'created') return true;
      // When the answer to our own write was lost, the SDK writes again and is told that there is an object: ours.
      if (answer === 'exists') return (await this.get(path))?.creator === creator;
      await sleep(pauseMs);
    }
    throw new TransientError(`Cannot create ${this.address}/${path}: S3 answered every try with a conflict.`);
  }

  async remove(path: string): Promise<void> {
    const { client, sdk } = await this.connect();
    const target = { Bucket: this.bucket, Key: this.key(path) };
    await this.calling('remove', path, () => client.send(new sdk.DeleteObjectCommand(target)));
  }

  async list(prefix: string): Promise<string[]> {
    assertDocumentPath(`${prefix}x`);
    const { client, sdk } = await this.connect();
    const query = { Bucket: this.bucket, Prefix: this.prefix + prefix };
    const pages = sdk.paginateListObjectsV2({ client }, query);
    return this.calling('list', prefix, async () => {
      const keys: string[] = [];
      for await (const page of pages) keys.push(...(page.Contents ?? []).map((object) => object.Key ?? ''));
      return keys.map((key) => key.slice(this.prefix.length)).sort();
    });
  }

  private async get(path: string): Promise<{ text: string; creator: string | undefined } | undefined> {
    const { client, sdk } = await this.connect();
    const target = { Bucket: this.bucket, Key: this.key(path) };
    return this.calling('read', path, async () => {
      try {
        const { Body, Metadata } = await client.send(new sdk.GetObjectCommand(target));
        return { text: (await Body?.transformToString()) ?? '', creator: Metadata?.creator };
      } catch (error) {
        if (error instanceof sdk.NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  private async put(path: string, document: unknown, more: Partial<PutObjectCommandInput> = {}): Promise<void> {
    const { client, sdk } = await this.connect();
    const object = {
      Bucket: this.bucket,
      Key: this.key(path),
      Body: `${JSON.stringify(document, undefined, 2)}\n`,
      ContentType: 'application/json',
    };
    await client.send(new sdk.PutObjectCommand({ ...object, ...more }));
  }

  private async putIfNone(
    path: string,
    document: unknown,
    creator: string,
  ): Promise<'created' | 'exists' | 'conflict'> {
    try {
      await this.put(path, document, { IfNoneMatch: '*', Metadata: { creator } });
      return 'created';
    } catch (error) {
      const { name } = error as Error;
      if (name === 'PreconditionFailed') return 'exists';
      if (name === 'ConditionalRequestConflict') return 'conflict';
      throw error;
    }
  }

  private key(path: string): string {
    assertDocumentPath(path);
    return this.prefix + path;
  }

  private calling<T>(doing: string, path: string, call: () => Promise<T>): Promise<T> {
    return calling(`Cannot ${doing} ${this.address}/${path}`, call);
  }
}
