import { acceptLoad } from '../src/load/accept-load.ts';
import { onLambda } from './lambda.ts';

/** The execution's name and its input, whatever that is. */
interface AcceptInput {
  execution: string;
  input: unknown;
}

export const handler = onLambda(({ execution, input }: AcceptInput, services) =>
  acceptLoad(execution, input, services),
);
