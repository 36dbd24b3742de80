import { expect, test } from '@jest/globals';
import { parseRequest } from '../../src/request/parse.ts';
import { readDocument } from './document.ts';

const { example } = await readDocument('docs/strategies/replay.md');

test('the example of a replay by signals is a request', () => {
  const { strategy, topics } = parseRequest(example('Where Debezium publishes'));
  expect([strategy, topics?.signals?.table]).toEqual(['replay', 'public.debezium_signal']);
});
