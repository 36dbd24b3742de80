import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult, Plan } from '../../src/model.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import {
  LoadDocuments,
  planDocument,
  progressDocument,
  resultDocument,
  stateDocument,
  waitingForDocument,
  type LoadState,
} from '../../src/store/documents.ts';
import { type } from './terminal.ts';

let directory: string;
let documents: LoadDocuments;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'loads-test-'));
  documents = new LoadDocuments(new DirectoryStore(directory), 'mailer-1');
});
afterEach(() => rm(directory, { recursive: true }));

const here = (command: string, ...more: string[]) =>
  type([command, 'mailer-1', '--local', '--store', directory, ...more]);

const result: LoadResult = {
  loadId: 'mailer-1',
  attempt: 1,
  dataset: 'employees',
  consumer: 'mailer',
  status: 'SUCCEEDED',
  plan: {
    strategy: 'direct',
    reasons: ['both databases are PostgreSQL', 'it fits one invocation'],
    rejected: [{ strategy: 'replay', reason: 'only by name' }],
    estimate: { seconds: 4, costUsd: 0 },
  },
  tables: [
    {
      source: 'hr.employees',
      target: 'hr.employees',
      sourceRows: 60_000,
      targetRows: 60_000,
      verified: true,
      mismatches: [],
    },
    { source: 'hr.titles', target: 'hr.titles', sourceRows: 8, targetRows: 8, verified: true, mismatches: [] },
  ],
  stitchPoint: {
    source: { before: '0/1A', after: '0/2B' },
    conditions: [{ condition: 'one-publisher', certainty: 'declared', note: 'by the request' }],
  },
  notifications: [
    { type: 'InitialLoadSucceeded', channel: 'webhook', status: 'sent', detail: 'https://mailer.example' },
  ],
  tearDown: 'complete',
  tornDown: [{ type: 'table', id: 'hr."il-3f2a9c-ranges"', status: 'deleted' }],
  startedAt: '2026-01-01T10:00:00.000Z',
  finishedAt: '2026-01-01T10:00:04.200Z',
};
const state = {
  loadId: 'mailer-1',
  attempt: 1,
  status: 'open',
  startedAt: '2026-01-01T10:00:00.000Z',
  deadlineAt: '2999-01-01T14:00:00.000Z',
} as LoadState;
const failed: LoadResult = {
  ...result,
  status: 'FAILED',
  tables: [
    { ...result.tables[0]!, targetRows: 59_999, verified: false, mismatches: ['1 row is missing in the target'] },
  ],
  failure: { error: 'Mismatch', cause: 'hr.employees is not verified.', advice: 'Find out who else writes.' },
  tearDown: 'kept',
};

test('the report of a load says how it went, then what to know, then what was done', async () => {
  await documents.write(resultDocument, result);
  const { status, stdout, stderr } = await here('report');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(`mailer-1, attempt 1: SUCCEEDED
  employees for mailer, 2026-01-01T10:00:00.000Z to 2026-01-01T10:00:04.200Z (4.2 s)

Plan
  strategy  direct
  because   both databases are PostgreSQL
            it fits one invocation
  estimate  4.0 s, $0
  rejected  replay: only by name

Tables
  source        target        rows in source  rows in target  verified
  hr.employees  hr.employees          60,000          60,000  yes
  hr.titles     hr.titles                  8               8  yes

Stitch point
  source position 0/1A before the first read, 0/2B after the last
  condition      certainty  note
  one-publisher  declared   by the request

Notifications
  InitialLoadSucceeded  webhook  sent  https://mailer.example

Tear-down: complete
  deleted  table  hr."il-3f2a9c-ranges"
`);
});

test('the report of a replay says where in the live topics its rows are', async () => {
  const partitions = [
    { before: 10, after: 25, rows: 12, eventsAgain: 1 },
    { before: 0, after: 8, rows: 8, eventsAgain: 0 },
  ];
  await documents.write(resultDocument, {
    ...result,
    replayed: [{ table: 'hr.employees', topic: 'live.employees', partitions }],
  });
  expect((await here('report')).stdout).toContain(`
Replayed into live topics
  topic live.employees, by partition: offsets 10 to 25, 0 to 8; 20 rows, 1 event said again
`);
});

test('the status of a load that waits says for what, and since when', async () => {
  await documents.write(stateDocument, state);
  await documents.write(waitingForDocument, { what: 'a DMS replication instance', since: '2026-01-01T10:05:00.000Z' });
  const { stdout } = await here('status');
  expect(stdout).toContain('waiting for a DMS replication instance, since 2026-01-01T10:05:00.000Z');
});

test.each(['report', 'status', 'watch'])(
  '%s --json of a load that has ended is its result and nothing else',
  async (command) => {
    await documents.write(resultDocument, result);
    const { status, stdout } = await here(command, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(result);
  },
);

test('a failed load is reported with what to do, and what does not match', async () => {
  await documents.write(resultDocument, failed);
  const { status, stdout } = await here('report');
  expect(status).toBe(1);
  expect(stdout).toContain('  Mismatch: hr.employees is not verified.\n  What to do: Find out who else writes.\n');
  expect(stdout).toContain('hr.employees: 1 row is missing in the target');
});

test('the status of a kept load says that rows wait', async () => {
  await documents.write(stateDocument, { ...state, status: 'kept' });
  await documents.write(resultDocument, failed);
  const { status, stdout } = await here('status');
  expect(status).toBe(1);
  expect(stdout).toContain('verified: 0 of 1 tables');
  expect(stdout).toContain('tear-down: kept (rows and checkpoints wait for a next attempt)');
});

test('of a running load the status is what was copied so far, and the outcome is unknown', async () => {
  await documents.write(stateDocument, state);
  await documents.write(planDocument, {
    tables: [{ source: 'hr.employees', estimatedRows: 60_000 }],
    ranges: [{ id: 1, table: 'hr.employees', estimatedRows: 60_000 }],
    shards: [{ id: 's1', ranges: [1] }],
  } as unknown as Plan);
  const tables = [{ table: 'hr.employees', rows: 20_000, bytes: 1, done: false }];
  await documents.write(progressDocument('s1'), { tables, updatedAt: '2026-01-01T10:00:01.000Z' });
  const { status, stdout } = await here('status');
  expect(status).toBe(3);
  expect(stdout).toBe(`mailer-1, attempt 1: running, or left behind
  since 2026-01-01T10:00:00.000Z, at most until 2999-01-01T14:00:00.000Z

Copied so far
  hr.employees  20,000  of about 60,000 rows
`);
});

test('the result of an earlier attempt is not that of the one that runs', async () => {
  await documents.write(resultDocument, result);
  await documents.write(stateDocument, { ...state, attempt: 2 });
  expect(await here('status')).toMatchObject({ status: 3, stdout: expect.stringContaining('attempt 2') });
  expect(await here('report')).toMatchObject({ status: 2, stderr: expect.stringContaining('it has not ended') });
});

test('watching ends with the load', async () => {
  await documents.write(stateDocument, state);
  const watching = here('watch', '--json');
  await documents.write(resultDocument, failed);
  const { status, stdout } = await watching;
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toEqual(failed);
});

test('watching a load that was killed long ago gives up', async () => {
  await documents.write(stateDocument, { ...state, deadlineAt: '2026-01-01T14:00:00.000Z' });
  const { status, stderr } = await here('watch');
  expect(status).toBe(3);
  expect(stderr).toContain('How mailer-1 ended is not known: Its deadline (2026-01-01T14:00:00.000Z) has passed');
});

test('tearing down what is torn down changes nothing and is success', async () => {
  await documents.write(stateDocument, { ...state, status: 'finished' });
  await documents.write(resultDocument, { ...failed, tearDown: 'complete' });
  const { status, stdout } = await here('tear-down');
  expect(status).toBe(0);
  expect(stdout).toContain('Tear-down: complete');
});
