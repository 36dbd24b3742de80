import { ShardsFailedError } from '../errors.ts';
import type { Failure } from '../model.ts';
import type { Load } from '../services.ts';
import type { LoadDocuments } from '../store/documents.ts';
import { shardDocument } from '../store/documents.ts';

/** Writes down why a shard failed, unless it succeeded after all: the answer of its last invocation may have been lost. */
export async function recordShardFailure(
  documents: LoadDocuments,
  shard: string,
  failed: { failure: Failure; finishedAt: Date },
): Promise<void> {
  if ((await documents.read(shardDocument(shard)))?.status === 'succeeded') return;
  const { failure, finishedAt } = failed;
  await documents.write(shardDocument(shard), {
    shard,
    status: 'failed',
    failure,
    finishedAt: finishedAt.toISOString(),
  });
}

/** Fails closed. @throws ShardsFailedError unless every shard has a record of success; it keeps the first cause verbatim. */
export async function assertShardsSucceeded({ plan, documents }: Load): Promise<void> {
  const failures: string[] = [];
  for (const { id } of plan.shards) {
    const record = await documents.read(shardDocument(id));
    if (record?.status === 'succeeded') continue;
    const { error, cause } = record?.failure ?? { error: 'Unknown', cause: 'It ended without a record of how.' };
    failures.push(`${id}: ${error}: ${cause}`);
  }
  const [first] = failures;
  if (first === undefined) return;
  const others = failures.length === 1 ? '' : ` The others: ${failures.slice(1).map(briefly).join(' | ')}`;
  throw new ShardsFailedError(
    `${failures.length} of ${plan.shards.length} shards failed. ${first}${others.slice(0, 2_000)}`,
  );
}

function briefly(failure: string): string {
  return failure.length > 200 ? `${failure.slice(0, 197)}...` : failure;
}
