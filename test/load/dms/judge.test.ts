import { describe, expect, test } from '@jest/globals';
import { judge, phaseOf, type Verdict } from '../../../src/load/dms/run/judge.ts';
import type { RunnerState, TableState } from '../../../src/load/dms/run/runner.ts';
import type { Wanted } from '../../../src/load/dms/run/wanted.ts';
import { PHASES, STOP_REASONS, TABLE_STATES, VALIDATION_STATES } from '../../../src/load/dms/run/words.ts';

const FINISHED = 'Stop Reason FULL_LOAD_ONLY_FINISHED';
const wanted = { tables: [wantedTable('employees'), wantedTable('departments')], validation: false };

function wantedTable(table: string): Wanted['tables'][number] {
  return { source: `hr.${table}`, target: `public.${table}`, schema: 'hr', table };
}

function stateOf(more: Partial<RunnerState> = {}): RunnerState {
  return {
    arn: 'arn',
    status: 'stopped',
    stopReason: FINISHED,
    messages: [],
    started: true,
    run: '1',
    tablesErrored: 0,
    ...more,
  };
}

function tableOf(table: string, more: Partial<TableState> = {}): TableState {
  return { schema: 'hr', table, rows: 5, state: 'Table completed', run: '1', ...more };
}

/** Both tables; the first as told. */
function tablesWith(first: Partial<TableState> = {}): TableState[] {
  return [tableOf('employees', first), tableOf('departments', { validationState: 'Validated' })];
}

function briefly(verdict: Verdict): string {
  return verdict.is === 'unsettled' ? `unsettled, then ${verdict.atLast.is}` : verdict.is;
}

function whyOf(verdict: Verdict): string {
  if (verdict.is === 'unsettled') return verdict.atLast.why;
  return 'why' in verdict ? verdict.why : '';
}

describe('a status', () => {
  const rows: [status: string, neverStarted: string, startedBefore: string][] = [
    ['creating', 'changing', 'changing'],
    ['ready', 'startable', 'interrupted'],
    ['starting', 'changing', 'changing'],
    ['running', 'loading', 'loading'],
    ['stopping', 'changing', 'changing'],
    ['stopped', 'succeeded', 'succeeded'],
    ['failed', 'failed', 'failed'],
    ['deleting', 'failed', 'failed'],
    ['modifying', 'changing', 'changing'],
    ['testing', 'changing', 'changing'],
    ['moving', 'changing', 'changing'],
    ['failed-move', 'failed', 'failed'],
    ['created', 'startable', 'interrupted'],
    ['initializing', 'changing', 'changing'],
    ['preparing_metadata_resources', 'changing', 'changing'],
    ['testing_connection', 'changing', 'changing'],
    ['fetching_metadata', 'changing', 'changing'],
    ['calculating_capacity', 'changing', 'changing'],
    ['provisioning_capacity', 'changing', 'changing'],
    ['replication_starting', 'changing', 'changing'],
    ['on holiday', 'failed', 'failed'],
  ];

  test.each(rows)(
    '%s, with every table completed, is %s, or %s when it was started before',
    (status, never, before) => {
      const judged = (started: boolean) => judge(stateOf({ status, started }), tablesWith(), wanted).is;
      expect([judged(false), judged(true)]).toEqual([never, before]);
    },
  );

  test('of each word there is a row', () => {
    expect(
      rows
        .map(([word]) => word)
        .slice(0, -1)
        .sort(),
    ).toEqual([...PHASES.keys()].sort());
  });

  test('that is unknown is named in the failure', () => {
    expect(whyOf(judge(stateOf({ status: 'on holiday' }), undefined, wanted))).toContain('"on holiday"');
  });

  test('is the same in capitals, in which DMS says some', () => {
    expect(phaseOf({ status: 'MODIFYING' })).toBe('changing');
  });

  test('of something that runs or ended is not judged without its tables', () => {
    expect(() => judge(stateOf(), undefined, wanted)).toThrow('judged by its tables');
  });
});

describe('a stop reason', () => {
  const fatal = 'Stop Reason FATAL_ERROR Error Level FATAL';
  const rows: [reason: string | undefined, allCompleted: string, oneFailed: string, oneCancelled: string][] = [
    ['Stop Reason NORMAL', 'failed', 'failed', 'failed'],
    ['Stop Reason RECOVERABLE_ERROR', 'interrupted', 'interrupted', 'interrupted'],
    ['Stop Reason FATAL_ERROR', 'failed', 'interrupted', 'failed'],
    [FINISHED, 'succeeded', 'interrupted', 'interrupted'],
    ['Stop Reason STOPPED_AFTER_FULL_LOAD', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_AFTER_CACHED_EVENTS', 'failed', 'failed', 'failed'],
    ['Stop Reason EXPRESS_LICENSE_LIMITS_REACHED', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_AFTER_DDL_APPLY', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_DUE_TO_LOW_MEMORY', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_DUE_TO_LOW_DISK', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_AT_SERVER_TIME', 'failed', 'failed', 'failed'],
    ['Stop Reason STOPPED_AT_COMMIT_TIME', 'failed', 'failed', 'failed'],
    [
      'Stop Reason RECONFIGURATION_RESTART',
      'unsettled, then interrupted',
      'unsettled, then interrupted',
      'unsettled, then interrupted',
    ],
    [
      'Stop Reason RECYCLE_TASK',
      'unsettled, then interrupted',
      'unsettled, then interrupted',
      'unsettled, then interrupted',
    ],
    ['Stop Reason OUT_OF_COFFEE', 'failed', 'failed', 'failed'],
    [fatal, 'failed', 'interrupted', 'failed'],
    [undefined, 'unsettled, then failed', 'unsettled, then failed', 'unsettled, then failed'],
  ];

  test.each(rows)(
    '%s: all completed is %s, with a failed table %s, with a cancelled one %s',
    (reason, all, failed, cancelled) => {
      const judged = (state: string) => {
        const { stopReason: _, ...rest } = stateOf();
        return briefly(
          judge({ ...rest, ...(reason !== undefined && { stopReason: reason }) }, tablesWith({ state }), wanted),
        );
      };
      expect([judged('Table completed'), judged('Table error'), judged('Table cancelled')]).toEqual([
        all,
        failed,
        cancelled,
      ]);
    },
  );

  test('of each word there is a row', () => {
    const known = rows.slice(0, -3).map(([reason]) => reason?.replace('Stop Reason ', ''));
    expect(new Set(known)).toEqual(new Set(STOP_REASONS.keys()));
  });

  test('that is unknown is named in the failure', () => {
    const why = whyOf(judge(stateOf({ stopReason: 'Stop Reason OUT_OF_COFFEE' }), tablesWith(), wanted));
    expect(why).toContain('"OUT_OF_COFFEE"');
  });

  test('for which a full load ends well is none when the status is failed', () => {
    expect(judge(stateOf({ status: 'failed' }), tablesWith(), wanted).is).toBe('failed');
  });
});

describe('the state of a table', () => {
  const rows: [state: string, whileRunning: string, afterwards: string][] = [
    ['Table does not exist', 'failed', 'failed'],
    ['Before load', 'loading', 'unsettled, then failed'],
    ['Full load', 'loading', 'unsettled, then failed'],
    ['Table completed', 'loading', 'succeeded'],
    ['Table cancelled', 'loading', 'interrupted'],
    ['Table error', 'loading', 'interrupted'],
    ['Table is being reloaded', 'loading', 'unsettled, then failed'],
    ['Table on fire', 'failed', 'failed'],
    ['', 'failed', 'failed'],
  ];

  test.each(rows)('"%s" is %s while it runs, and %s when it has finished', (state, running, finished) => {
    const judged = (status: string) => briefly(judge(stateOf({ status }), tablesWith({ state }), wanted));
    expect([judged('running'), judged('stopped')]).toEqual([running, finished]);
  });

  test('of each word there is a row', () => {
    expect(
      rows
        .map(([word]) => word)
        .slice(0, -2)
        .sort(),
    ).toEqual([...TABLE_STATES.keys()].sort());
  });

  test('that is unknown is named in the failure, with the table', () => {
    const why = whyOf(judge(stateOf(), tablesWith({ state: 'Table on fire' }), wanted));
    expect(why).toContain('"Table on fire"');
    expect(why).toContain('hr.employees');
  });

  test.each(['Table error', 'Table cancelled'])('"%s" while the others go on is a table to load again', (state) => {
    const verdict = judge(stateOf({ status: 'running' }), tablesWith({ state }), wanted);
    expect(verdict).toEqual({ is: 'loading', failed: [wanted.tables[0]] });
  });

  test('that errored, and only that, is told apart when another start is to help', () => {
    const tables = [
      tableOf('employees', { state: 'Table error' }),
      tableOf('departments', { state: 'Table cancelled' }),
    ];
    expect(judge(stateOf(), tables, wanted)).toMatchObject({ is: 'interrupted', failed: [wanted.tables[0]] });
  });
});

describe('the state of a validation that was asked for', () => {
  const rows: [state: string, finished: string][] = [
    ['Not enabled', 'failed'],
    ['Pending records', 'unsettled, then failed'],
    ['Mismatched records', 'failed'],
    ['Suspended records', 'failed'],
    ['No primary key', 'succeeded'],
    ['Table error', 'failed'],
    ['Validated', 'succeeded'],
    ['Error', 'failed'],
    ['Pending validation', 'unsettled, then failed'],
    ['Preparing table', 'unsettled, then failed'],
    ['Pending revalidation', 'unsettled, then failed'],
    ['Looked at', 'failed'],
    ['', 'unsettled, then failed'],
  ];
  const validated = { ...wanted, validation: true };

  test.each(rows)(
    '"%s" is %s when the load has finished, and nothing while it runs unless it is unknown',
    (state, finished) => {
      const judged = (status: string) =>
        briefly(judge(stateOf({ status }), tablesWith({ validationState: state }), validated));
      expect(judged('stopped')).toBe(finished);
      expect(judged('running')).toBe(state === 'Looked at' ? 'failed' : 'loading');
    },
  );

  test('of each word there is a row', () => {
    expect(
      rows
        .map(([word]) => word)
        .slice(0, -2)
        .sort(),
    ).toEqual([...VALIDATION_STATES.keys()].sort());
  });

  test('does not count where nobody asked', () => {
    for (const [validationState] of rows) {
      expect(judge(stateOf(), tablesWith({ validationState }), wanted).is).toBe('succeeded');
    }
  });

  test('tells DMS’s details', () => {
    const tables = tablesWith({ validationState: 'Mismatched records', validationDetails: '3 rows differ' });
    expect(whyOf(judge(stateOf(), tables, validated))).toContain(
      'hr.employees: Table completed, Mismatched records, 3 rows differ',
    );
  });
});

describe('a load that stopped because it had finished, every table completed,', () => {
  test('has succeeded', () => {
    expect(judge(stateOf(), tablesWith(), wanted)).toEqual({ is: 'succeeded' });
  });

  test('has not succeeded while DMS counts tables with errors, or does not count them', () => {
    expect(briefly(judge(stateOf({ tablesErrored: 1 }), tablesWith(), wanted))).toBe('unsettled, then failed');
    const { tablesErrored: _, ...silent } = stateOf();
    expect(briefly(judge(silent, tablesWith(), wanted))).toBe('unsettled, then failed');
  });

  test('has not succeeded when a table that was asked for is not listed', () => {
    const verdict = judge(stateOf(), [tableOf('employees')], wanted);
    expect(briefly(verdict)).toBe('unsettled, then failed');
    expect(whyOf(verdict)).toContain('hr.departments');
    expect(judge(stateOf({ status: 'running' }), [], wanted).is).toBe('loading');
  });

  test('has failed when DMS loaded a table for which nobody asked: another one, or of the same name in another schema', () => {
    for (const other of [tableOf('salaries'), { ...tableOf('employees'), schema: 'HR' }]) {
      const tables = [...tablesWith(), other];
      for (const status of ['running', 'stopped']) {
        const verdict = judge(stateOf({ status }), tables, wanted);
        expect(verdict.is).toBe('failed');
        expect(whyOf(verdict)).toContain(`${other.schema}.${other.table}`);
      }
    }
  });
});

test('a failure has DMS’s words: status, reason, messages, each odd table, those first that say most', () => {
  const messages = ['Last Error: Table hr.employees cannot be read', 'Stop Reason FATAL_ERROR'];
  const state = stateOf({ status: 'failed', stopReason: 'Stop Reason FATAL_ERROR', messages });
  const tables = [
    tableOf('departments', { state: 'Full load', rows: 2 }),
    tableOf('employees', { state: 'Table error', rows: 120 }),
  ];
  const why = whyOf(judge(state, tables, wanted));
  expect(why).toBe(
    'DMS: failed; Stop Reason FATAL_ERROR; Last Error: Table hr.employees cannot be read; Stop Reason FATAL_ERROR. ' +
      'hr.employees: Table error (120 rows); hr.departments: Full load (2 rows). Mend what DMS names, and run the load again.',
  );
});

test('of a great many odd tables a message names some', () => {
  const names = Array.from({ length: 200 }, (_, index) => `t${index}`);
  const many = { tables: names.map(wantedTable), validation: false };
  const why = whyOf(
    judge(
      stateOf(),
      names.map((name) => tableOf(name, { state: 'Table error' })),
      many,
    ),
  );
  expect(why).toContain('hr.t9: Table error (5 rows); and 190 more tables.');
  expect(why).not.toContain('hr.t10:');
});
