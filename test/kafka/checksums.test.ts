import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Frame } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { ROWS, SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
let runs: TopicRuns;
beforeAll(async () => {
  kafka = await openTestKafka();
  source = await databases.createDatabase();
  await source.query(SOURCE);
  runs = await TopicRuns.open(kafka, source);
});
afterEach(async () => {
  await expectOnBrokers(kafka, []);
});
afterAll(async () => {
  await runs.close();
  await kafka.close();
  await databases.dropAll();
});

/** In every answer to a reader: one text in place of another one that is as long. */
function altering(text: string, by: string) {
  return ({ what, api, bytes }: Frame) => {
    if (what !== 'answer' || api !== 'Fetch') return;
    const at = bytes.indexOf(text);
    if (at !== -1) bytes.write(by, at);
  };
}

describe('with "verify": "checksums"', () => {
  test('what was fed is what is read back, also by whoever goes on where the connection was cut', async () => {
    let produced = 0;
    const { result, failure } = await runs.run({
      loadId: 'whole',
      request: { verify: 'checksums' },
      onFrame: ({ what, api }) => {
        if (what === 'request' && api === 'Produce' && (produced += 1) === 7) return 'cut';
        return undefined;
      },
    });
    expect(failure).toBeUndefined();
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(result!.tables.map(({ targetRows, mismatches }) => [targetRows, mismatches])).toEqual([
      [ROWS, []],
      [200, []],
    ]);
  });

  test.each([
    ['value', '"name":"Łukasz 1000"', '"name":"Łukasz 1001"'],
    ['key', '{"id":1000}', '{"id":9000}'],
  ])('a %s that is another one when it is read back is a mismatch', async (what, text, by) => {
    const { result } = await runs.run({
      loadId: `another-${what}`,
      request: { verify: 'checksums' },
      onFrame: altering(text, by),
    });
    expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
    expect(result!.tables.map(({ source: table, verified, mismatches }) => [table, verified, mismatches])).toEqual([
      [
        'hr.employees',
        false,
        [expect.stringMatching(/^keys or values differ from those that were fed \(checksum \d+ instead of \d+\)$/)],
      ],
      ['hr.log', true, []],
    ]);
  });
});

test('counts alone do not see it', async () => {
  const { result } = await runs.run({ loadId: 'counted', onFrame: altering('"Łukasz 1000"', '"Łukasz 1001"') });
  expect(result).toMatchObject({ status: 'SUCCEEDED' });
});
