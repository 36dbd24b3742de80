import { describe, expect, test } from '@jest/globals';
import { sizeReplication, type Sizing } from '../../../src/load/dms/weigh/sizing.ts';
import { column } from '../../plan/surveys.ts';
import { fitInput, GIGABYTE, type TableCase } from './plans.ts';

const INSTANCE = 'arn:aws:dms:eu-west-1:123456789012:rep:SHARED';

function size(gigabytes: number, dms?: object, table: TableCase = {}): Sizing {
  const more = { estimatedBytes: gigabytes * GIGABYTE, ...table.more };
  return sizeReplication(fitInput({ tables: [{ ...table, more }], ...(dms && { request: { dms } }) }));
}

describe('an instance of its own', () => {
  test.each([
    [0.01, 'dms.t3.medium', 51],
    [20, 'dms.t3.medium', 51],
    [21, 'dms.t3.large', 52],
    [500, 'dms.r6i.large', 75],
    [2_000, 'dms.r6i.xlarge', 150],
    [8_000, 'dms.r6i.2xlarge', 450],
    [9_000, 'dms.r6i.4xlarge', 500],
    [500_000, 'dms.r6i.4xlarge', 6_144],
  ])('for %d GB is of a size that fits', (gigabytes, instanceClass, storageGigabytes) => {
    expect(size(gigabytes)).toEqual({ mode: 'temporary-instance', instanceClass, storageGigabytes });
  });

  test('is of the class that is asked for, with storage by the data', () => {
    expect(size(500, { replicationInstanceClass: 'dms.c6i.xlarge' })).toEqual({
      mode: 'temporary-instance',
      instanceClass: 'dms.c6i.xlarge',
      storageGigabytes: 75,
    });
  });

  test('has memory for large objects that come with their rows, however small the load', () => {
    const log = { columns: [column('what', 'text')], key: null, more: { largestLobBytes: 10_000_000 } };
    expect(size(1, undefined, log)).toMatchObject({ instanceClass: 'dms.r6i.large' });
  });
});

test('the instance that is named is taken as it is, whatever the size', () => {
  expect(size(9_000, { replicationInstanceArn: INSTANCE })).toEqual({ mode: 'given-instance', instanceArn: INSTANCE });
});

test.each([
  [1, 2, 4],
  [100, 4, 8],
  [500, 8, 16],
  [8_000, 32, 64],
  [9_000, 64, 128],
])('serverless for %d GB may grow to twice of what an instance would have', (gigabytes, min, max) => {
  expect(size(gigabytes, { mode: 'serverless' })).toEqual({
    mode: 'serverless',
    minCapacityUnits: min,
    maxCapacityUnits: max,
  });
});
