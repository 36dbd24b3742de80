import { expect, test } from '@jest/globals';
import { limitedLobs } from '../../../src/load/dms/weigh/lobs.ts';
import { taskSettings } from '../../../src/load/dms/settings/task-settings.ts';
import type { Plan } from '../../../src/model.ts';
import { column } from '../../plan/surveys.ts';
import { fitInput, type PlanCase } from './plans.ts';

type Settings = Record<string, Record<string, unknown>>;

function load(given: PlanCase = {}) {
  const { request, survey, tables } = fitInput(given);
  return { request, survey, plan: { tables } as Plan };
}
function settings(given: PlanCase = {}): Settings {
  return JSON.parse(taskSettings(load(given))) as Settings;
}

test('whatever DMS would by itself log and pass over stops the task', () => {
  const { ErrorBehavior: behavior } = settings();
  const policies = Object.entries(behavior!).filter(([name]) => name.endsWith('Policy'));
  expect(policies.map(([name]) => name)).toEqual(
    expect.arrayContaining(['DataErrorPolicy', 'DataTruncationErrorPolicy', 'TableErrorPolicy']),
  );
  for (const [, policy] of policies) expect(policy).toBe('STOP_TASK');
  expect(behavior).toMatchObject({ FailOnNoTablesCaptured: true, FullLoadIgnoreConflicts: false });
});

test('a task does not start over by itself, since nobody would empty its tables first', () => {
  expect(settings()).toMatchObject({
    ErrorBehavior: { RecoverableErrorCount: 0 },
    FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
  });
});

test('large objects are never cut off, unless a table says so for itself', () => {
  expect(settings()['TargetMetadata']).toMatchObject({
    SupportLobs: true,
    FullLobMode: true,
    LimitedSizeLobMode: false,
  });
});

test('no more is read at once than the source may be asked, nor than DMS can', () => {
  const atOnce = (maxSourceConnections: number) =>
    settings({ request: { limits: { maxSourceConnections } } })['FullLoadSettings']!['MaxFullLoadSubTasks'];
  expect([atOnce(1), atOnce(20), atOnce(64)]).toEqual([1, 20, 49]);
});

test("DMS's own validation runs when asked, of every byte", () => {
  expect(settings()['ValidationSettings']).toMatchObject({ EnableValidation: false });
  expect(settings({ request: { dms: { validation: true } } })['ValidationSettings']).toMatchObject({
    EnableValidation: true,
    ValidationOnly: false,
    SkipLobColumns: false,
    ValidationPartialLobSize: 0,
  });
});

test('what DMS writes beside the tables stands in the schema of the first one', () => {
  expect(settings({ tables: [{ target: '"Mailer".employees' }] })['ControlTablesSettings']).toEqual({
    ControlSchema: 'Mailer',
    StatusTableEnabled: false,
    SuspendedTablesTableEnabled: false,
    HistoryTableEnabled: false,
  });
});

const log = (largestLobBytes: number): PlanCase => ({
  tables: [
    {
      source: 'hr.log',
      target: 'public.log',
      columns: [column('what', 'text')],
      into: [column('said', 'text')],
      loaded: { what: 'said' },
      key: null,
      more: { largestLobBytes },
    },
    {},
  ],
});

test('the bigger the limit of large objects, the fewer rows go at once: memory is set aside for each', () => {
  const rate = (bytes: number) => settings(log(bytes))['FullLoadSettings']!['CommitRate'];
  const none = settings()['FullLoadSettings']!['CommitRate'];
  expect([none, rate(1), rate(1_048_576), rate(20_971_520)]).toEqual([10_000, 10_000, 78, 6]);
});

test('where a limit was set, the target tells from which length on a value may have been cut', () => {
  expect(limitedLobs(load(log(100 * 1024)))).toEqual([
    { table: 'public.log', columns: ['said'], fromBytes: 200 * 1024 },
  ]);
  expect(limitedLobs(load())).toEqual([]);
});
