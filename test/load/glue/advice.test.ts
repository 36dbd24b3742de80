import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ADVISED_FAULTS, adviceFor } from '../../../src/load/glue/advice.ts';

const sdk = dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-glue/package.json'));
const folder = 'src/load/glue';
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'))
  .join('\n');
const OF_S3 = ['GetObject', 'PutObject'];
const calls = [
  ...new Set(
    [...sources.matchAll(/\bsdk\.(?:paginate(\w+)|(\w+)Command)\b/g)].map(([, paged, plain]) => paged ?? plain!),
  ),
].filter((call) => !OF_S3.includes(call));

function faultsOf(call: string): string[] {
  const declared = readFileSync(join(sdk, `dist-types/commands/${call}Command.d.ts`), 'utf8');
  const thrown = [...declared.matchAll(/@throws \{@link (\w+)\}/g)].map((match) => match[1]!);
  // The class that all of them extend.
  return thrown.filter((fault) => fault !== 'GlueServiceException');
}

describe('advice', () => {
  test('is asked for of every call that the strategy makes', () => {
    expect(calls.length).toBeGreaterThanOrEqual(11);
  });

  test.each(calls)('is there for every fault of %s that the SDK knows', (call) => {
    expect(faultsOf(call)).not.toEqual([]);
    expect(ADVISED_FAULTS).toEqual(expect.arrayContaining(faultsOf(call)));
  });

  test('is there for every situation that the sources name', () => {
    const named = [...sources.matchAll(/adviceFor\((?:[^)']*\? )?'([^']+)'/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(5);
    expect(ADVISED_FAULTS).toEqual(expect.arrayContaining(named));
  });

  test.each(ADVISED_FAULTS)('on %s is a sentence', (fault) => {
    expect(adviceFor(fault)).toMatch(/^[A-Z].{20,}\.$/);
    expect(adviceFor(fault)).not.toBe(adviceFor('a fault that nobody knows'));
  });

  test('on what nobody knows points to what Glue says', () => {
    expect(adviceFor('NewFault')).toBe('Mend what Glue names, and run the load again.');
  });
});
