import { openVerifiedLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { notifySuccess } from '../src/load/notify-success.ts';
import { channels } from '../src/notify/channels.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(
  async (input: LoadReference, services) => {
    await notifySuccess(await openVerifiedLoad(input, services));
  },
  { channels },
);
