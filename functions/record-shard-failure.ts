import type { LoadReference } from '../src/load/open-load.ts';
import { recordShardFailure } from '../src/load/shard-records.ts';
import { failureOfCaught } from '../src/report/failure.ts';
import type { CaughtError } from '../src/report/failure.ts';
import { LoadDocuments, stateDocument } from '../src/store/documents.ts';
import { onLambda } from './lambda.ts';

interface RecordShardFailureInput extends LoadReference {
  shard: string;
  failure: CaughtError;
}

export const handler = onLambda(async (input: RecordShardFailureInput, services) => {
  const documents = new LoadDocuments(services.store, input.loadId);
  // Of a closed load too; but the records of a later attempt are none of ours.
  if ((await documents.need(stateDocument)).attempt !== input.attempt) return;
  const failed = { failure: failureOfCaught(input.failure), finishedAt: services.now() };
  await recordShardFailure(documents, input.shard, failed);
});
