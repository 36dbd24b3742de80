import { notifyFailure } from '../src/tear-down/notify-failure.ts';
import { channels } from '../src/notify/channels.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(notifyFailure, { channels });
