import { handler as accept } from '../functions/accept.ts';
import { handler as advanceControl } from '../functions/advance-control.ts';
import { handler as advance } from '../functions/advance.ts';
import { handler as awaitConsumer } from '../functions/await-consumer.ts';
import { handler as checkShards } from '../functions/check-shards.ts';
import { handler as closeLoad } from '../functions/close-load.ts';
import type { Handler } from '../functions/lambda.ts';
import { handler as notifyConsumer } from '../functions/notify-consumer.ts';
import { handler as notifyFailure } from '../functions/notify-failure.ts';
import { handler as plan } from '../functions/plan.ts';
import { handler as prepareTarget } from '../functions/prepare-target.ts';
import { handler as provisionControl } from '../functions/provision-control.ts';
import { handler as provision } from '../functions/provision.ts';
import { handler as recordShardFailure } from '../functions/record-shard-failure.ts';
import { handler as record } from '../functions/record.ts';
import { handler as removeControl } from '../functions/remove-control.ts';
import { handler as remove } from '../functions/remove.ts';
import { handler as restoreTarget } from '../functions/restore-target.ts';
import { handler as result } from '../functions/result.ts';
import { handler as verify } from '../functions/verify.ts';

/** Handlers by the key that their function has in serverless.yml. */
export type Handlers = Record<string, Handler>;

/** What the definitions call. */
export const handlers: Handlers = {
  accept,
  plan,
  prepareTarget,
  provision,
  provisionControl,
  advance,
  advanceControl,
  recordShardFailure,
  checkShards,
  restoreTarget,
  verify,
  notifyConsumer,
  awaitConsumer,
  closeLoad,
  remove,
  removeControl,
  notifyFailure,
  record,
  result,
};
