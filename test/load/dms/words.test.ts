import { expect, test } from '@jest/globals';
import { judgeConnection } from '../../../src/load/dms/resources/connections.ts';
import {
  PHASES,
  readStopReason,
  STOP_REASONS,
  TABLE_STATES,
  VALIDATION_STATES,
} from '../../../src/load/dms/run/words.ts';
import { alternativesOf, codesOf, itemsOf } from './sdk-words.ts';

test.each([
  ['ReplicationTask.Status', codesOf('ReplicationTask', 'Status'), PHASES, 12],
  ['TableStatistics.TableState', alternativesOf('TableStatistics', 'TableState'), TABLE_STATES, 7],
  ['TableStatistics.ValidationState', itemsOf('TableStatistics', 'ValidationState'), VALIDATION_STATES, 11],
] as [string, string[], ReadonlyMap<string, unknown>, number][])(
  'every word that the SDK documents for %s has a meaning here',
  (_field, documented, known, least) => {
    expect(documented.length).toBeGreaterThanOrEqual(least);
    expect(documented.filter((word) => !known.has(word))).toEqual([]);
  },
);

test.each(['ReplicationTask', 'Replication'])('every stop reason that the SDK documents for %s has one', (type) => {
  const documented = codesOf(type, 'StopReason');
  expect(documented.length).toBeGreaterThanOrEqual(14);
  expect(documented.filter((text) => !STOP_REASONS.has(readStopReason(text) ?? ''))).toEqual([]);
});

test('only the one stop reason of a full load that ended by itself means that it has finished', () => {
  const finished = [...STOP_REASONS].filter(([, { means }]) => means === 'finished').map(([word]) => word);
  expect(finished).toEqual(['FULL_LOAD_ONLY_FINISHED']);
});

test.each([
  ['Stop Reason FULL_LOAD_ONLY_FINISHED', 'FULL_LOAD_ONLY_FINISHED'],
  ['Stop Reason FATAL_ERROR Error Level FATAL', 'FATAL_ERROR'],
  ['Stop Reason RECOVERABLE_ERROR Error Level RECOVERABLE.', 'RECOVERABLE_ERROR'],
  ['NORMAL', 'NORMAL'],
  ['Stopped at noon', 'Stopped at noon'],
  ['', undefined],
  [undefined, undefined],
])('the stop reason %j is read as %j', (text, word) => {
  expect(readStopReason(text)).toBe(word);
});

test('every status that the SDK documents for Connection.Status is known to the test of connections', () => {
  const documented = codesOf('Connection', 'Status');
  expect(documented.length).toBeGreaterThanOrEqual(4);
  const heard = (Status: string) => {
    try {
      return judgeConnection('source', { EndpointArn: 'arn', Status });
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(heard('levitating')).toContain('has the status "levitating"');
  expect(documented.filter((status) => heard(status).includes('has the status'))).toEqual([]);
});
