import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import type { FitInput, Offer, Refusal } from '../../src/load/strategy.ts';
import { choose, type Candidates } from '../../src/plan/choose.ts';
import { STRATEGIES } from '../../src/request/schema.ts';
import { checkedRequest } from '../request/requests.ts';
import { plannedTable, survey, table } from './surveys.ts';

const topics = { brokers: 'env:KAFKA_BROKERS', tables: {} };
const planes = { provision: 'data', advance: 'data', tearDown: 'data' } as const;

function input(fields: Record<string, unknown> = {}): FitInput {
  return {
    request: checkedRequest({ topics, ...fields }),
    survey: survey([table('hr.employees', [])], [table('hr.employees', [])]),
    tables: [plannedTable('hr.employees')],
    invocationSeconds: 800,
    deployment: { name: 'test' },
  };
}

function offer(more: Partial<Offer> = {}): Offer {
  return {
    fits: true,
    reasons: ['it is quick'],
    estimate: { seconds: 600, costUsd: 2 },
    consistency: 'one-snapshot',
    ranges: [{ id: 1, table: 'hr.employees', estimatedRows: 100 }],
    shards: [{ id: 's1', ranges: [1] }],
    concurrency: 1,
    workers: 2,
    ...more,
  };
}

function built(answers: Partial<Record<(typeof STRATEGIES)[number], Offer | Refusal>>): Candidates {
  return Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, { planes, fit: () => answer }]));
}

function refusal(fields: Record<string, unknown>, candidates: Candidates): RequestError {
  try {
    choose(input(fields), candidates);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('A strategy was chosen.');
}

const tooBig: Refusal = { fits: false, reason: 'it is too big' };

describe('auto', () => {
  test('takes what fits and says why, and why not each other one', () => {
    const { fits: _, ...offered } = offer();
    expect(choose(input(), built({ direct: offer(), dms: offer(), glue: tooBig, replay: offer() }))).toEqual({
      ...offered,
      strategy: 'direct',
      planes,
      tables: [plannedTable('hr.employees')],
      rejected: [
        { strategy: 'dms', reason: '"direct" fits and needs less' },
        { strategy: 'kafka-topic', reason: 'it is not built yet in this version' },
        { strategy: 'glue', reason: 'it is too big' },
        { strategy: 'replay', reason: expect.stringContaining('never by auto') },
      ],
    });
  });

  test('awaits the consumer where what is loaded is temporary, and else does not say so', () => {
    const temporary = choose(input(), built({ 'kafka-topic': offer({ awaitsConsumer: true }) }));
    expect(temporary.awaitsConsumer).toBe(true);
    expect(choose(input(), built({ direct: offer() }))).not.toHaveProperty('awaitsConsumer');
  });

  test('takes the next when the first does not fit', () => {
    expect(choose(input(), built({ direct: tooBig, dms: offer() })).strategy).toBe('dms');
  });

  test('never replays, even when nothing else fits and replay was accepted', () => {
    const error = refusal({ acceptReplay: true }, built({ direct: tooBig, replay: offer() }));
    expect(error.field).toBe('strategy');
  });

  test('with nothing that fits lists every strategy and its reason', () => {
    const { message } = refusal({}, built({ direct: tooBig }));
    for (const strategy of STRATEGIES) expect(message).toContain(`${strategy}: `);
    expect(message).toContain('strategy ("auto"): no strategy fits (direct: it is too big; dms: it is not built yet');
  });
});

describe('a strategy that was asked for', () => {
  test('is taken although another one comes first', () => {
    const plan = choose(input({ strategy: 'dms' }), built({ direct: offer(), dms: offer() }));
    expect(plan.strategy).toBe('dms');
    expect(plan.reasons[0]).toBe('strategy "dms" was asked for');
    expect(plan.rejected).toContainEqual({ strategy: 'direct', reason: '"dms" was asked for' });
  });

  test('may be a replay', () => {
    expect(
      choose(input({ strategy: 'replay', acceptReplay: true }), built({ direct: offer(), replay: offer() })).strategy,
    ).toBe('replay');
  });

  test.each([
    ['direct', 'it is too big'],
    ['dms', 'it is not built yet in this version'],
  ])('and does not fit is refused with its own reason: %s', (strategy, reason) => {
    const error = refusal({ strategy }, built({ direct: tooBig, glue: offer() }));
    expect(error.field).toBe('strategy');
    expect(error.message).toBe(
      `strategy ("${strategy}"): it does not fit this load (${strategy}: ${reason}). Write "auto" to choose one that fits`,
    );
  });
});

describe('limits', () => {
  test('that the estimate stays within change nothing', () => {
    expect(choose(input({ limits: { maxCostUsd: 2, deadlineMinutes: 10 } }), built({ direct: offer() })).strategy).toBe(
      'direct',
    );
  });

  test('reject what exceeds them, so that another strategy is taken', () => {
    const plan = choose(
      input({ limits: { maxCostUsd: 1 } }),
      built({ direct: offer(), dms: offer({ estimate: { seconds: 60, costUsd: 0.5 } }) }),
    );
    expect(plan.strategy).toBe('dms');
    expect(plan.rejected[0]?.reason).toBe('it would cost about $2, and limits.maxCostUsd allows $1');
  });

  test.each([
    ['limits.maxCostUsd', { maxCostUsd: 1.99 }, '(1.99): no strategy stays within it (direct: it would cost about $2'],
    [
      'limits.deadlineMinutes',
      { deadlineMinutes: 9 },
      '(9): no strategy stays within it (direct: it would take about 10 minutes',
    ],
  ])('are named when they alone are in the way: %s', (field, limits, part) => {
    for (const strategy of ['auto', 'direct']) {
      const error = refusal({ limits, strategy }, built({ direct: offer() }));
      expect(error.field).toBe(field);
      expect(error.message).toContain(part);
    }
  });
});
