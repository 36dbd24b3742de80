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

  describe('that retention outlasts load and catch-up', () => {
    const topic = 'live.employees';
    const DAYS = 86_400_000;
    const usual = {
      'cleanup.policy': 'delete',
      'retention.ms': String(7 * DAYS),
      'retention.bytes': '-1',
      'delete.retention.ms': String(DAYS),
    };
    function stated(settings?: Record<string, string>, declared: string[] = []) {
      const table = 'hr.employees';
      const topics = [{ table, topic, partitions: [{ first: 0, next: 1 }], ...(settings && { settings }) }];
      const topicsAfter = { takenAt: '2026-01-01T00:00:00.000Z', topics, publisherPassed: true };
      const { conditions } = stitchPointOf(request(declared), { topicsAfter }, []);
      return conditions.find(({ condition }) => condition === 'retention-outlasts')!;
    }

    test.each([
      ['by time, a week', {}],
      ['for ever', { 'retention.ms': '-1' }],
      ['by key, and deletes for two days', { 'cleanup.policy': 'compact', 'delete.retention.ms': String(2 * DAYS) }],
      [
        'by key, however short its time',
        {
          'cleanup.policy': 'compact',
          'retention.ms': '1000',
          'retention.bytes': '1000',
          'delete.retention.ms': String(2 * DAYS),
        },
      ],
      // 240 minutes of deadline, and a day.
      ['as long as needed, and no longer', { 'retention.ms': String(28 * 3_600_000) }],
    ])('is checked of a topic that is kept %s', (_how, settings) => {
      expect(stated({ ...usual, ...settings }).certainty).toBe('checked');
    });

    test.each<[string, Record<string, string>, string]>([
      ['time', { 'retention.ms': String(DAYS) }, `for 28 h; not seen to: ${topic} (retention.ms: 24 h)`],
      ['size', { 'retention.bytes': '1000000' }, `${topic} (retention.bytes: 1000000, however soon they are written)`],
      ['time of deletes', { 'cleanup.policy': 'compact' }, `${topic} (delete.retention.ms: 24 h)`],
      [
        'time of deletes, and time',
        { 'cleanup.policy': 'compact, delete', 'retention.ms': String(DAYS / 2) },
        `${topic} (retention.ms: 12 h, delete.retention.ms: 24 h)`,
      ],
    ])('is not checked where a topic’s %s is limited: the note says which, and how', (_what, settings, note) => {
      const { certainty, note: said } = stated({ ...usual, ...settings });
      expect([certainty, said]).toEqual(['unknown', expect.stringContaining(note)]);
    });

    test('is what the operator declares where a topic’s settings may not be read, or are short', () => {
      expect(stated(undefined, ['retention-outlasts'])).toMatchObject({
        certainty: 'declared',
        note: expect.stringContaining(`${topic} (its settings may not be read)`),
      });
      expect(stated({ ...usual, 'retention.ms': '1000' }, ['retention-outlasts']).certainty).toBe('declared');
    });
  });
});
