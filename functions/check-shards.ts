import { openLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { assertShardsSucceeded } from '../src/load/shard-records.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(async (input: LoadReference, services) => {
  await assertShardsSucceeded(await openLoad(input, services));
});
