import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/request/parse.ts';
import type { SourcePosition } from '../../src/model.ts';
import { stitchPointOf } from '../../src/verify/stitch-point.ts';

const position = (lsn: string, storageId = '1'): SourcePosition => ({
  takenAt: '2026-01-01T00:00:00.000Z',
  lsn,
  oldestTransaction: '700',
  writersLeft: [],
  tables: [{ table: 'hr.employees', storageId, columns: 'id bigint', writes: 0 }],
});

function request(declared: string[] = []) {
  return parseRequest({
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['hr.employees'] },
    target: { engine: 'postgres', connection: 'env:TARGET' },
    topics: { brokers: 'env:BROKERS', tables: { 'hr.employees': 'hr.employees' }, declared },
  });
}

function certaintyOf(conditions: { condition: string; certainty: string }[], condition: string): string | undefined {
  return conditions.find((one) => one.condition === condition)?.certainty;
}

describe('the stitch point', () => {
  test('carries the positions before the first read and after the last', () => {
    const point = stitchPointOf(request(), { before: position('0/10'), after: position('0/20') }, []);
    expect(point.source).toEqual({ before: '0/10', after: '0/20' });
  });

  test('states what was measured as checked, what the operator vouched for as declared, and all else as unknown', () => {
    const positions = { before: position('0/10'), after: position('0/20') };
    const { conditions } = stitchPointOf(request(['one-publisher']), positions, []);
    expect(certaintyOf(conditions, 'writers-ended')).toBe('checked');
    expect(certaintyOf(conditions, 'not-truncated')).toBe('checked');
    expect(certaintyOf(conditions, 'one-publisher')).toBe('declared');
    expect(certaintyOf(conditions, 'full-rows')).toBe('unknown');
    expect(certaintyOf(conditions, 'topic-offsets')).toBe('unknown');
  });

  test('does not claim what a truncated table, a lasting writer or a missing key breaks', () => {
    const before = { ...position('0/10'), writersLeft: ['3/77'] };
    const { conditions } = stitchPointOf(request(), { before, after: position('0/20', '2') }, ['hr.log']);
    expect(certaintyOf(conditions, 'writers-ended')).toBe('unknown');
    expect(certaintyOf(conditions, 'not-truncated')).toBe('unknown');
    expect(conditions.find(({ condition }) => condition === 'not-truncated')?.note).toMatch('except: hr.employees');
    expect(conditions.find(({ condition }) => condition === 'keyed')?.note).toMatch('except: hr.log');
  });

  test('claims nothing without positions', () => {
    const { source, conditions } = stitchPointOf(request(), {}, []);
    expect(source).toEqual({});
    expect(conditions.filter(({ certainty }) => certainty === 'checked').map(({ condition }) => condition)).toEqual([
      'keyed',
    ]);
  });
});
