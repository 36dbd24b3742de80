import { beforeEach, describe, expect, test } from '@jest/globals';
import { assertShardsSucceeded, recordShardFailure } from '../../src/load/shard-records.ts';
import type { Load } from '../../src/services.ts';
import { LoadDocuments, shardDocument } from '../../src/store/documents.ts';
import { memoryServices } from '../support/memory-services.ts';

const failure = {
  error: 'LoadFailedError',
  cause: 'duplicate key value violates unique constraint "pk"',
  advice: 'Mend it.',
};
const finishedAt = new Date('2026-03-01T12:00:00.000Z');
let documents: LoadDocuments;
let load: Load;

beforeEach(async () => {
  documents = new LoadDocuments(memoryServices().store, 'mailer');
  load = { plan: { shards: [{ id: 's1' }, { id: 's2' }, { id: 's3' }] }, documents } as Load;
  for (const shard of ['s1', 's2']) {
    await documents.write(shardDocument(shard), { shard, status: 'succeeded', finishedAt: '' });
  }
});

describe('the check of the shards', () => {
  test('passes when each has a record of success', async () => {
    await documents.write(shardDocument('s3'), { shard: 's3', status: 'succeeded', finishedAt: '' });
    await expect(assertShardsSucceeded(load)).resolves.toBeUndefined();
  });

  test('fails closed on one that left no record at all', async () => {
    await expect(assertShardsSucceeded(load)).rejects.toMatchObject({
      name: 'ShardsFailedError',
      message: expect.stringMatching(/^1 of 3 shards failed\. s3: .*without a record/),
    });
  });

  test('says what failed, the first cause word for word', async () => {
    await recordShardFailure(documents, 's3', { failure, finishedAt });
    await expect(assertShardsSucceeded(load)).rejects.toThrow(`s3: LoadFailedError: ${failure.cause}`);
  });
});

test('a shard that succeeded after all stays so', async () => {
  await recordShardFailure(documents, 's1', { failure, finishedAt });
  expect(await documents.read(shardDocument('s1'))).toMatchObject({ status: 'succeeded' });
});
