import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { WorkerType } from '@aws-sdk/client-glue';
import { describe, expect, test } from '@jest/globals';
import { cutIntoRanges } from '../../../src/load/key-ranges.ts';
import { estimateLoad } from '../../../src/load/glue/weigh/estimate.ts';
import { sizeJob, timeoutMinutes, type Sizing } from '../../../src/load/glue/weigh/sizing.ts';
import { GLUE_WORKER_TYPES } from '../../../src/request/strategy-settings.ts';
import { WORKER_TYPES } from '../../../src/load/glue/weigh/worker-types.ts';
import { fitInput, GIGABYTE, type PlanCase, type TableCase } from './plans.ts';

function sizingInput(tables: TableCase[], more: PlanCase['request'] = {}) {
  const { request, survey, tables: planned } = fitInput({ tables, request: more });
  const ranges = cutIntoRanges(planned, survey.source.tables, request.limits.maxSourceConnections);
  return { request, tables: planned, ranges };
}

const sizing = (...given: Parameters<typeof sizingInput>) => sizeJob(sizingInput(...given));

const big = (bytes: number, more: TableCase = {}): TableCase => ({
  bytes,
  rows: bytes / 100,
  quantiles: 1_000,
  ...more,
});
const connections = (maxSourceConnections: number) => ({ limits: { maxSourceConnections } });
const deduplicated = { transform: { 'hr.employees': { deduplicate: { key: ['id'] } } } };

describe('workers', () => {
  test.each<[string, TableCase[], PlanCase['request'], Sizing]>([
    ['one drives and one moves a small table', [{}], {}, { workerType: 'G.1X', workers: 2, connections: 1 }],
    [
      'no more than there is to read at once, since tables are loaded one after the other',
      Array.from({ length: 64 }, (_, index) => ({ source: `hr.t${index}` })),
      connections(64),
      { workerType: 'G.1X', workers: 2, connections: 1 },
    ],
    [
      'as many as the table of the most ranges needs',
      [{}, { ...big(10 * GIGABYTE), source: 'hr.big' }],
      connections(12),
      { workerType: 'G.1X', workers: 4, connections: 12 },
    ],
    [
      'four connections have a worker',
      [big(100 * GIGABYTE)],
      connections(18),
      { workerType: 'G.1X', workers: 6, connections: 18 },
    ],
    [
      'wide rows have twice the memory for each connection',
      [big(10 * GIGABYTE, { rows: 10_000 })],
      connections(8),
      { workerType: 'G.2X', workers: 3, connections: 8 },
    ],
    [
      'rows that are deduplicated find room on the disks',
      [big(220 * GIGABYTE)],
      deduplicated,
      { workerType: 'G.1X', workers: 11, connections: 4 },
    ],
    [
      'so do those that a script may shuffle, on larger workers where they are many',
      [big(780 * GIGABYTE)],
      { transform: { script: 's3://modules/x.py' } },
      { workerType: 'G.2X', workers: 21, connections: 4 },
    ],
    [
      'they are never more than an account is likely to have',
      [big(50_000 * GIGABYTE)],
      deduplicated,
      { workerType: 'G.2X', workers: 100, connections: 4 },
    ],
    [
      'a type that is asked for is taken, with as many connections as it has cores',
      [big(100 * GIGABYTE)],
      { ...connections(32), glue: { workerType: 'R.2X' } },
      { workerType: 'R.2X', workers: 5, connections: 32 },
    ],
    [
      'a number that is asked for is taken',
      [{}],
      { glue: { numberOfWorkers: 7 } },
      { workerType: 'G.1X', workers: 7, connections: 1 },
    ],
  ])('%s', (_case, tables, request, expected) => {
    expect(sizing(tables, request)).toEqual(expected);
  });
});

describe('the types of workers', () => {
  const sdk = dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-glue/package.json'));
  const declared = ['0', '3']
    .map((file) => readFileSync(join(sdk, `dist-types/models/models_${file}.d.ts`), 'utf8'))
    .join();
  const documented = new Map(
    [
      ...declared.matchAll(
        /<code>([A-Z]\.\d+X)<\/code> worker type, each worker maps to (\d[\d.]*) (M-)?DPU \((\d+) ?vCPUs/g,
      ),
    ].map(([, name, dpus, memory, cores]) => [
      name!,
      { dpus: Number(dpus), cores: Number(cores), memory: memory === 'M-' },
    ]),
  );

  test('are all that the SDK knows, but for streams, for Ray, and of Glue before 2.0', () => {
    const left = Object.values(WorkerType).filter((name) => !WORKER_TYPES.has(name));
    expect(left.sort()).toEqual(['G.025X', 'Standard', 'Z.2X']);
    expect([...WORKER_TYPES.keys()]).toEqual(GLUE_WORKER_TYPES);
    expect([...WORKER_TYPES.keys()].filter((name) => !documented.has(name))).toEqual([]);
  });

  test.each([...WORKER_TYPES])(
    '%s has the DPUs and cores that the SDK documents',
    (name, { dpus, cores, memoryOptimized }) => {
      expect({ dpus, cores, memory: memoryOptimized === true }).toEqual(documented.get(name));
    },
  );
});

describe('the time that a run may take', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const minutes = (left: number, asked?: number) =>
    timeoutMinutes(asked === undefined ? {} : { glue: { timeoutMinutes: asked } }, {
      now,
      deadlineAt: new Date(now.getTime() + left * 60_000),
    });

  test.each([
    ['ends with the load’s deadline', minutes(240), 240],
    ['is a whole minute at least', minutes(-5), 1],
    ['is what the request says, if that is less', minutes(240, 30), 30],
    ['is not more than what is left', minutes(20, 30), 20],
    ['is less than the seven days that Glue takes', minutes(20_160), 10_079],
  ])('%s', (_case, answered, expected) => {
    expect(answered).toBe(expected);
  });
});

describe('the estimate', () => {
  const estimate = (...given: Parameters<typeof sizingInput>) => {
    const input = { ...sizingInput(...given), invocationSeconds: 840 };
    return estimateLoad(input, sizeJob(input));
  };

  test('of the smallest load is some minutes and a minute at least of two workers', () => {
    expect(estimate([{}])).toEqual({ seconds: 271, dpuHours: 0.04, costUsd: 0.02 });
  });

  test('is in DPU-hours at the list price, which is higher for memory', () => {
    const tables = [big(360 * GIGABYTE)];
    const usual = estimate(tables);
    expect(usual.costUsd).toBeCloseTo(usual.dpuHours * 0.44, 1);
    const memory = estimate(tables, { glue: { workerType: 'R.1X' } });
    expect(memory.dpuHours).toBe(usual.dpuHours);
    expect(memory.costUsd).toBeCloseTo(memory.dpuHours * 0.52, 1);
  });

  test('is less with more connections, but for a table without a key, and least for files', () => {
    const seconds = (more: TableCase, request: PlanCase['request']) =>
      estimate([big(360 * GIGABYTE, more)], request).seconds;
    expect(seconds({}, connections(16))).toBeLessThan(seconds({}, connections(4)));
    expect(seconds({ keyless: true }, connections(16))).toBe(seconds({ keyless: true }, connections(4)));
    const files = { target: { engine: 's3', uri: 's3://exports/x' } };
    expect(seconds({}, { ...connections(16), ...files })).toBeLessThan(seconds({}, connections(16)));
  });

  test('adds up tables, of which one waits for the other: many small ones take as long as over one connection', () => {
    const small = (source: string): TableCase => ({ source, bytes: GIGABYTE / 50, rows: 1_000_000 });
    const seconds = (many: number, request: PlanCase['request']) =>
      estimate(
        Array.from({ length: many }, (_, index) => small(`hr.t${index}`)),
        request,
      ).seconds;
    expect(seconds(100, connections(64))).toBe(seconds(100, connections(1)));
    const alone = [estimate([big(36 * GIGABYTE)]).seconds, estimate([big(36 * GIGABYTE, { keyless: true })]).seconds];
    const both = estimate([big(36 * GIGABYTE), big(36 * GIGABYTE, { keyless: true, source: 'hr.log' })]).seconds;
    const nothing = estimate([{ bytes: 0, rows: 0 }]).seconds;
    expect(Math.abs(both - (alone[0]! + alone[1]! - nothing))).toBeLessThanOrEqual(2);
  });
});
