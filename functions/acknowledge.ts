import { acknowledgeLoad } from '../src/load/acknowledge.ts';
import { onLambda } from './lambda.ts';

/** From the command `acknowledge`, or from the consumer itself, which may say by what name it does. */
interface AcknowledgeInput {
  loadId?: unknown;
  by?: unknown;
}

const LONGEST_NAME = 200;

export const handler = onLambda(async ({ loadId, by }: AcknowledgeInput, services) =>
  acknowledgeLoad(
    {
      loadId: typeof loadId === 'string' ? loadId : '',
      ...(typeof by === 'string' && { by: by.slice(0, LONGEST_NAME) }),
    },
    services,
  ),
);
