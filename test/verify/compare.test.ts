import { describe, expect, test } from '@jest/globals';
import { compareCounts, type Counted } from '../../src/verify/compare.ts';

function counted(differences: Partial<Counted> = {}): Counted {
  return {
    source: 'hr.employees',
    target: 'public.employees',
    copied: { table: 'hr.employees', rowsRead: 100, rowsWritten: 100, rowsRemoved: 0, rowsReread: 0 },
    sourceRows: 100,
    targetRows: 100,
    upsert: false,
    ...differences,
  };
}

describe('comparing the counts of one table', () => {
  test('what was read, written and is there on both sides is verified', () => {
    expect(compareCounts(counted())).toMatchObject({
      verified: true,
      mismatches: [],
      sourceRows: 100,
      targetRows: 100,
    });
  });

  test('a row that is missing from the target is a mismatch', () => {
    const table = compareCounts(counted({ targetRows: 99 }));
    expect(table.verified).toBe(false);
    expect(table.mismatches).toEqual(['the target holds 99 rows where 100 were expected']);
  });

  test('a row too many in the target is a mismatch, but not after an upsert into rows that were there', () => {
    expect(compareCounts(counted({ targetRows: 101 })).verified).toBe(false);
    expect(compareCounts(counted({ targetRows: 101, upsert: true })).verified).toBe(true);
    expect(compareCounts(counted({ targetRows: 99, upsert: true })).verified).toBe(false);
  });

  test('a row that was read but not written is a mismatch', () => {
    const copied = { table: 'hr.employees', rowsRead: 100, rowsWritten: 99, rowsRemoved: 0, rowsReread: 0 };
    expect(compareCounts(counted({ copied, targetRows: 99 })).mismatches).toContain(
      '100 rows were read but 99 written',
    );
  });

  test('rows that the conflict rule took out and read again are accounted for', () => {
    const copied = { table: 'hr.employees', rowsRead: 100, rowsWritten: 100, rowsRemoved: 3, rowsReread: 2 };
    expect(compareCounts(counted({ copied, targetRows: 99, sourceRows: 99 })).verified).toBe(true);
    expect(compareCounts(counted({ copied, targetRows: 100, sourceRows: 99 })).verified).toBe(false);
  });

  test('a source that holds other rows than were read, without evidence of change, is a mismatch', () => {
    const table = compareCounts(counted({ sourceRows: 101 }));
    expect(table.mismatches).toEqual([
      'the source holds 101 rows now, 100 were copied, and nothing is known of changes since: load while nobody writes to it',
    ]);
  });

  test('rows inserted since the load began explain a bigger source, and that is said', () => {
    const changes = { writtenSince: 5, writesSince: 0 };
    const table = compareCounts(counted({ sourceRows: 105, changes }));
    expect(table.verified).toBe(true);
    expect(table.note).toBe(
      'the source moved: the source holds 105 rows now, 100 were copied; 5 of them written since the load began',
    );
  });

  test('a row that nobody wrote since and that was not read is missing, however much else moved', () => {
    const changes = { writtenSince: 4, writesSince: 1_000 };
    const table = compareCounts(counted({ sourceRows: 105, changes }));
    expect(table.mismatches[0]).toMatch('101 of them have not changed since the load began');
  });

  test('deletes since the load began explain a smaller source', () => {
    const changes = { writtenSince: 0, writesSince: 10 };
    expect(compareCounts(counted({ sourceRows: 90, changes })).verified).toBe(true);
  });

  test('more rows gone than were deleted is a mismatch', () => {
    const changes = { writtenSince: 0, writesSince: 9 };
    expect(compareCounts(counted({ sourceRows: 90, changes })).mismatches[0]).toMatch(
      'only 9 inserts, updates and deletes are known',
    );
  });

  test('where no count of deletes is kept, rows that are gone stay unexplained', () => {
    const changes = { writtenSince: 0, writesSince: undefined };
    expect(compareCounts(counted({ sourceRows: 90, changes })).verified).toBe(false);
  });
});
