import { describe, expect, test } from '@jest/globals';
import type { Counting } from '../../src/model.ts';
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

  test('other keys or values than were fed are a mismatch, and so is a checksum that is missing on either side', () => {
    const copied = { ...counted().copied, checksum: '1' };
    expect(compareCounts(counted({ copied, checksum: '1' })).verified).toBe(true);
    expect(compareCounts(counted({ copied, checksum: '2' })).mismatches).toEqual([
      'keys or values differ from those that were fed (checksum 2 instead of 1)',
    ]);
    expect(compareCounts(counted({ copied })).verified).toBe(false);
    expect(compareCounts(counted({ checksum: '1' })).verified).toBe(false);
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

describe('comparing the counts of a table that a transformation made smaller', () => {
  const copied = { table: 'hr.employees', rowsRead: 100, rowsWritten: 40, rowsRemoved: 0, rowsReread: 0 };
  const bySource: Counting = { by: 'source', filter: { column: 'active', isNull: false } };
  const byJob = (readsExactly: boolean): Counting => ({ by: 'job', why: 'the filter uses like', readsExactly });
  const transformed = (counting: Counting, differences: Partial<Counted> = {}) =>
    compareCounts(counted({ copied, counting, sourceRows: 40, targetRows: 40, ...differences }));

  test('what the transformation leaves of the source must be there, whatever was read', () => {
    const table = transformed(bySource);
    expect(table).toMatchObject({ verified: true, mismatches: [], rowsRead: 100, sourceRows: 40 });
    expect(table).not.toHaveProperty('note');
  });

  test('rows that the transformation leaves and nobody wrote since are missing', () => {
    const changes = { writtenSince: 0, writesSince: 0 };
    expect(transformed(bySource, { sourceRows: 41, changes }).mismatches).toEqual([
      'the source holds 41 rows now that the transformation leaves, 40 were copied, but 41 of them have not changed since the load began',
    ]);
  });

  test('a source that moved is explained by the evidence within the filter', () => {
    const table = transformed(bySource, { sourceRows: 41, changes: { writtenSince: 1, writesSince: 1 } });
    expect(table.verified).toBe(true);
    expect(table.note).toMatch('the source moved: the source holds 41 rows now that the transformation leaves');
  });

  test('where rows are told apart, nothing is known of changes', () => {
    expect(transformed({ by: 'source', distinct: ['name'] }, { sourceRows: 41 }).mismatches).toEqual([
      'the source holds 41 rows now that the transformation leaves, 40 were copied, and nothing is known of changes since: load while nobody writes to it',
    ]);
  });

  test('by the job alone: what it read is compared with the source, what it wrote with the target, and that is said', () => {
    const table = transformed(byJob(true), { sourceRows: 100 });
    expect(table.verified).toBe(true);
    expect(table.note).toBe(
      "how many rows the transformation leaves is the job's own count (the filter uses like), and the source was compared with the rows that it read",
    );
    expect(transformed(byJob(true), { sourceRows: 100, targetRows: 39 }).verified).toBe(false);
    expect(transformed(byJob(true), { sourceRows: 101 }).mismatches[0]).toMatch(
      'the source holds 101 rows now, 100 were read, and nothing is known',
    );
  });

  test('by the job alone, of a source that moved: both are said', () => {
    const table = transformed(byJob(true), { sourceRows: 101, changes: { writtenSince: 1, writesSince: 1 } });
    expect(table.verified).toBe(true);
    expect(table.note).toMatch(/^the source moved: the source holds 101 rows now, 100 were read;.*; how many rows/);
  });

  test('where Spark may read rows again, the source is not compared, and that is said', () => {
    const table = transformed(byJob(false), { sourceRows: 73 });
    expect(table).toMatchObject({ verified: true, sourceRows: 73 });
    expect(table.note).toMatch(
      'the source was not compared with the rows that it read, since Spark may read some again',
    );
    expect(transformed(byJob(false), { sourceRows: 73, targetRows: 41 }).verified).toBe(false);
  });
});
