import { describe, expect, test } from '@jest/globals';
import type { Counting, KeyRange, TablePlan } from '../../src/model.ts';
import type { Load } from '../../src/services.ts';
import { piecesOf } from '../../src/verify/counting.ts';

const GIGABYTE = 1024 ** 3;

/** A load of one table that is cut at these keys, each part of the given size. */
function loadOf(cuts: string[], bytesAPart: number, differences: Partial<TablePlan> = {}, ifNotEmpty = 'fail'): Load {
  const bounds = [undefined, ...cuts.map((cut) => [cut]), undefined];
  const ranges = cuts.concat('').map((_, index): KeyRange => {
    const [from, to] = [bounds[index], bounds[index + 1]];
    return { id: index + 1, table: 'hr.e', ...(from && { from }), ...(to && { to }), estimatedRows: 100 };
  });
  const estimated = { estimatedRows: 100 * ranges.length, estimatedBytes: bytesAPart * ranges.length };
  const table = { source: 'hr.e', target: 'public.e', key: ['id'], keyIsCollated: false, ...estimated, ...differences };
  return {
    plan: { tables: [table], ranges },
    request: { target: { engine: 'postgres', ifNotEmpty } },
  } as unknown as Load;
}

const boundsOn = (side: string, load: Load) =>
  piecesOf(load)
    .filter((piece) => piece.side === side)
    .map(({ bounds }) => bounds);

describe('what is counted in one go', () => {
  test('a small table is counted as a whole, however many key ranges it was copied in', () => {
    const load = loadOf(['10', '20', '30'], 1_000_000);
    expect(boundsOn('source', load)).toEqual([{}]);
    expect(boundsOn('target', load)).toEqual([{}]);
  });

  test('of a big table, neighbours are counted together up to a size, and the pieces tile all keys', () => {
    const load = loadOf(['10', '20', '30', '40'], GIGABYTE);
    const pieces = [{ to: ['20'] }, { from: ['20'], to: ['40'] }, { from: ['40'] }];
    expect(boundsOn('source', load)).toEqual(pieces);
    expect(boundsOn('target', load)).toEqual(pieces);
  });

  test('a range that is bigger than that is a piece of its own', () => {
    expect(boundsOn('source', loadOf(['10'], 5 * GIGABYTE))).toEqual([{ to: ['10'] }, { from: ['10'] }]);
  });

  test('where the target may order keys in another way, or holds other rows, it is counted as a whole', () => {
    expect(boundsOn('target', loadOf(['a'], 5 * GIGABYTE, { keyIsCollated: true }))).toEqual([{}]);
    expect(boundsOn('target', loadOf(['10'], 5 * GIGABYTE, {}, 'upsert'))).toEqual([{}]);
  });

  test('rows that are told apart are counted as a whole in the source: of two in two ranges one is left', () => {
    const counting: Counting = { by: 'source', distinct: ['name'] };
    const load = loadOf(['10'], 5 * GIGABYTE, { counting });
    expect(boundsOn('source', load)).toEqual([{}]);
    expect(boundsOn('target', load)).toHaveLength(2);
    const filtered = loadOf(['10'], 5 * GIGABYTE, {
      counting: { by: 'source', filter: { column: 'n', isNull: true } },
    });
    expect(boundsOn('source', filtered)).toHaveLength(2);
  });

  test('files are counted as a whole: they know no key', () => {
    const load = loadOf(['10'], 5 * GIGABYTE);
    const target = { engine: 's3', uri: 's3://bucket/prefix' };
    const toFiles = { ...load, request: { target } } as unknown as Load;
    expect(boundsOn('source', toFiles)).toHaveLength(2);
    expect(boundsOn('target', toFiles)).toEqual([{}]);
  });

  test('every piece has a name of its own, for the next invocation to go on by', () => {
    const names = piecesOf(loadOf(['10', '20', '30'], 3 * GIGABYTE)).map(({ name }) => name);
    expect(new Set(names).size).toBe(8);
  });
});
