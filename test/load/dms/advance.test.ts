import { StartReplicationTaskCommand } from '@aws-sdk/client-database-migration-service';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { LoadClosedError, LoadFailedError, TransientError } from '../../../src/errors.ts';
import { advance } from '../../../src/load/dms/advance.ts';
import { emptiedDocument, listStarts } from '../../../src/load/dms/run/starts.ts';
import type { StepAnswer } from '../../../src/step.ts';
import { progressDocument, shardDocument } from '../../../src/store/documents.ts';
import { dmsLoad, setState, type DmsLoad } from './a-load.ts';
import { ScriptedDms } from './scripted-dms.ts';

const BOTH = { employees: 'Table completed', departments: 'Table completed' };
let dms: ScriptedDms;
let load: DmsLoad;
beforeEach(async () => {
  dms = new ScriptedDms();
  load = await dmsLoad();
});

function step(of = load): Promise<StepAnswer> {
  return advance(of, of.plan.shards[0]!);
}

function pass(seconds: number, of = load): void {
  of.services.clock.now = new Date(of.services.now().getTime() + seconds * 1_000);
}

/** As the machine calls it, the data plane's part without a database, until it is done or has waited for so many seconds. */
async function follow(seconds: number, of = load): Promise<{ answer: StepAnswer; emptied: string[][] }> {
  const emptied: string[][] = [];
  const until = of.services.now().getTime() + seconds * 1_000;
  for (;;) {
    const answer = await step(of);
    if (answer.status === 'done' || of.services.now().getTime() >= until) return { answer, emptied };
    if (answer.plane === 'data') {
      const start = (await listStarts(of)).at(-1)!;
      emptied.push(start.tables);
      await of.documents.write(emptiedDocument(of, start), { at: '' });
    }
    pass(Math.max(1, answer.waitSeconds), of);
  }
}

async function failureOf(doing: Promise<unknown>): Promise<string> {
  const error: unknown = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LoadFailedError);
  return (error as Error).message;
}

describe('a load that goes well', () => {
  test('is started once, followed, recorded with DMS’s counts, and not asked for again', async () => {
    expect(await step()).toMatchObject({ status: 'working' });
    expect(dms.orders).toEqual(['StartReplicationTask start-replication']);
    dms.setTable('employees', 'Full load', 300);
    dms.setTable('departments', 'Table completed', 12);
    pass(40);
    expect(await step()).toMatchObject({ status: 'working' });
    expect((await load.documents.read(progressDocument('s1')))?.tables).toEqual([
      { table: 'hr.employees', rows: 300, bytes: 15_000, done: false },
      { table: 'hr.departments', rows: 12, bytes: 600, done: true },
    ]);
    dms.setTable('employees', 'Table completed', 1_000);
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await step()).toEqual({ status: 'done' });
    expect(await load.documents.read(shardDocument('s1'))).toEqual({
      shard: 's1',
      status: 'succeeded',
      counts: [
        { table: 'hr.employees', rowsRead: 1_000, rowsWritten: 1_000, rowsRemoved: 0, rowsReread: 0 },
        { table: 'hr.departments', rowsRead: 12, rowsWritten: 12, rowsRemoved: 0, rowsReread: 0 },
      ],
      severalSnapshots: true,
      finishedAt: load.services.now().toISOString(),
    });
    expect(dms.orders).toHaveLength(1);
    dms.forget();
    expect(await step()).toEqual({ status: 'done' });
    expect(dms.asked).toEqual([]);
  });

  test('may have stopped before it is looked at for the first time', async () => {
    dms.whenStarted = () => {
      dms.setTables(BOTH);
      dms.stop('FULL_LOAD_ONLY_FINISHED');
    };
    await step();
    expect(await step()).toEqual({ status: 'done' });
    expect(dms.orders).toEqual(['StartReplicationTask start-replication']);
  });

  test('is started by one of three invocations that come at once', async () => {
    await Promise.all([step(), step(), step()]);
    await Promise.all([step(), step(), step()]);
    expect(dms.orders).toEqual(['StartReplicationTask start-replication']);
  });

  test('goes on when somebody else was faster, and when DMS says that by its other fault', async () => {
    for (const name of ['InvalidResourceStateFault', 'InvalidParameterCombinationException']) {
      load = await dmsLoad();
      dms.mock.on(StartReplicationTaskCommand).rejects(Object.assign(new Error('said by DMS'), { name }));
      expect(await step()).toMatchObject({ status: 'working' });
    }
  });

  test('is not started again while the answer to the start is lost, nor given up when DMS throttles', async () => {
    dms.mock
      .on(StartReplicationTaskCommand)
      .rejects(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
    await expect(step()).rejects.toThrow(TransientError);
    expect(await step()).toMatchObject({ status: 'working' });
    expect(dms.orders).toHaveLength(1);
    pass(61);
    await expect(step()).rejects.toThrow(TransientError);
    expect(dms.orders).toHaveLength(2);
    dms.begin();
    expect(await step()).toMatchObject({ status: 'working' });
    expect(dms.orders).toHaveLength(2);
  });

  test('costs two requests a poll with 500 tables, and waits at least half a minute', async () => {
    const names = Array.from({ length: 500 }, (_, index) => `t${index}`);
    load = await dmsLoad(names.map((name) => `hr.${name}`));
    dms.begin();
    for (const name of names) dms.setTable(name, 'Full load');
    const answer = await step();
    expect(dms.asked).toEqual(['DescribeReplicationTasks', 'DescribeTableStatistics']);
    expect(answer.status === 'working' && answer.waitSeconds).toBeGreaterThanOrEqual(30);
  });

  test('of more tables is judged by all pages', async () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `t${index}`);
    load = await dmsLoad(names.map((name) => `hr.${name}`));
    dms.begin();
    for (const name of names) dms.setTable(name, 'Table completed');
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await step()).toEqual({ status: 'done' });
    expect(dms.asked.filter((name) => name === 'DescribeTableStatistics')).toHaveLength(3);
  });

  test('is followed where statistics come later than the end', async () => {
    dms.begin();
    dms.setTables({ employees: 'Table completed', departments: 'Full load' });
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await step()).toEqual({ status: 'working', waitSeconds: 30 });
    dms.setTables(BOTH);
    expect(await step()).toEqual({ status: 'done' });
  });
});

describe('a load that was closed', () => {
  test('is not started', async () => {
    await setState(load, 'closed');
    await expect(step()).rejects.toThrow(LoadClosedError);
    expect(dms.asked).toEqual([]);
  });

  test('says so when tear-down stopped or removed what ran, which alone would be a failure', async () => {
    for (const end of [() => dms.stop('NORMAL'), () => (dms.gone = true)]) {
      load = await dmsLoad();
      dms.begin();
      const asking = load.services.store.read.bind(load.services.store);
      load.services.store.read = async (path) => {
        const document = await asking(path);
        // As seen by this invocation, the load is closed right after it began.
        if (path.endsWith('load.json')) {
          await setState(load, 'closed');
          end();
        }
        return document;
      };
      await expect(step()).rejects.toThrow(LoadClosedError);
    }
  });

  test('is not recorded as a success', async () => {
    dms.begin();
    dms.setTables(BOTH);
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    const asking = load.services.store.read.bind(load.services.store);
    load.services.store.read = async (path) => {
      const document = await asking(path);
      if (path.endsWith('load.json')) await setState(load, 'closed');
      return document;
    };
    await expect(step()).rejects.toThrow(LoadClosedError);
    expect(await load.documents.read(shardDocument('s1'))).toBeUndefined();
  });

  test('or has a later attempt is left alone', async () => {
    await dmsLoad(undefined, { attempt: 2, services: load.services });
    await expect(step()).rejects.toThrow(LoadClosedError);
    expect(dms.asked).toEqual([]);
  });
});

describe('what cannot be', () => {
  test('a task that is gone fails the load', async () => {
    dms.gone = true;
    expect(await failureOf(step())).toMatch(/^The DMS replication task il-\w+-task is gone/);
  });

  test('a status that is not known fails the load, with the word', async () => {
    dms.status = 'levitating';
    expect(await failureOf(step())).toContain('"levitating"');
  });

  test('finished, but a table is not completed: after some minutes that is a failure', async () => {
    dms.begin();
    dms.setTables({ employees: 'Table completed', departments: 'Before load' });
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await failureOf(follow(600))).toContain('hr.departments: Before load');
    expect(dms.orders).toEqual([]);
  });

  test('a start that DMS always refuses ends as stalled, with the reason', async () => {
    dms.mock
      .on(StartReplicationTaskCommand)
      .rejects(Object.assign(new Error('Test connection should be successful'), { name: 'InvalidResourceStateFault' }));
    const message = await failureOf(follow(86_400));
    expect(message).toContain('InvalidResourceStateFault: Test connection should be successful');
    expect(message).toContain('nothing changed for 120 minutes');
  });
});

describe('a load that stands still', () => {
  test('is given up after an hour without a row, with what DMS says', async () => {
    dms.begin();
    dms.setTables({ employees: 'Full load', departments: 'Before load' });
    const begun = load.services.now().getTime();
    const message = await failureOf(follow(86_400));
    expect(message).toContain('hr.employees: Full load (10 rows)');
    expect(message).toContain('nothing changed for 60 minutes');
    const minutes = (load.services.now().getTime() - begun) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(60);
    expect(minutes).toBeLessThan(70);
  });

  test('as long as it was asked to', async () => {
    load = await dmsLoad(undefined, { dms: { stalledMinutes: 300 } });
    dms.begin();
    dms.setTables({ employees: 'Full load', departments: 'Before load' });
    await follow(270 * 60);
    expect(await failureOf(follow(3_600))).toContain('300 minutes');
  });

  test.each([
    ['rows', (hour: number) => dms.setTable('employees', 'Full load', hour)],
    ['states', (hour: number) => dms.setTable('departments', hour % 1 ? 'Full load' : 'Before load')],
    [
      'records to validate',
      (hour: number) => dms.setTable('employees', 'Table completed', 1, { ValidationPendingRecords: hour }),
    ],
  ])('is not given up as long as %s change, however slowly', async (_what, change) => {
    dms.begin();
    dms.setTables({ employees: 'Full load', departments: 'Before load' });
    for (let hour = 0.5; hour <= 5; hour += 0.5) {
      change(hour);
      await follow(30 * 60);
    }
    expect(dms.orders).toEqual([]);
  });

  test('has more time in each of the phases before there can be rows', async () => {
    load = await dmsLoad(undefined, { dms: { mode: 'serverless' } });
    dms.begin();
    for (const status of ['initializing', 'fetching_metadata', 'provisioning_capacity']) {
      dms.status = status;
      await follow(100 * 60);
    }
    expect(await failureOf(follow(3_600))).toContain('provisioning_capacity');
  });
});

describe('tables that fail while others go on', () => {
  beforeEach(() => {
    dms.begin();
    dms.setTables({ employees: 'Table error', departments: 'Full load' });
  });

  test('are emptied, then loaded again, once, however many invocations see it', async () => {
    expect(await step()).toEqual({ status: 'working', waitSeconds: 0, plane: 'data' });
    expect(await step()).toEqual({ status: 'working', waitSeconds: 0, plane: 'data' });
    expect(dms.orders).toEqual([]);
    await load.documents.write(emptiedDocument(load, (await listStarts(load))[0]!), { at: '' });
    await Promise.all([step(), step(), step()]);
    expect(dms.orders).toEqual(['ReloadTables employees']);
    expect(await listStarts(load)).toMatchObject([
      { how: 'reload-tables', tables: ['hr.employees'], failed: ['hr.employees'] },
    ]);
    dms.setTables(BOTH);
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await step()).toEqual({ status: 'done' });
  });

  test('are given up after the second time, with their state', async () => {
    for (let time = 1; time <= 2; time += 1) {
      await follow(120);
      expect(dms.orders).toHaveLength(time);
      dms.setTables({ employees: 'Table error' });
    }
    const message = await failureOf(follow(120));
    expect(message).toContain('hr.employees: Table error (10 rows)');
    expect(message).toContain('Loading again did not help: hr.employees.');
    expect(dms.orders).toHaveLength(2);
  });

  test('are loaded again ten at a time, as many as ReloadTables takes', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `t${index}`);
    load = await dmsLoad(names.map((name) => `hr.${name}`));
    dms.tables = [];
    for (const name of names) dms.setTable(name, 'Table error');
    await follow(600);
    expect(dms.orders.map((order) => order.split(',').length)).toEqual([10, 10, 3]);
  });

  test('wait for DMS to say so when it has accepted: that is no second failure', async () => {
    const state = () => dms.setTables({ employees: 'Table error' });
    await follow(60);
    const [table] = dms.tables;
    delete table!.FullLoadStartTime;
    state();
    await follow(300);
    expect(dms.orders).toHaveLength(1);
  });

  test('become tables of a restart when the task ends before they are loaded again', async () => {
    await step();
    dms.setTables({ departments: 'Table completed' });
    dms.stop('FATAL_ERROR', 'failed');
    const { emptied } = await follow(120);
    expect(dms.orders).toEqual(['StartReplicationTask resume-processing']);
    expect(emptied).toEqual([['hr.employees']]);
  });

  test('are waited for where their state may be of the run before', async () => {
    dms.setTables({ departments: 'Table completed' });
    dms.stop('FATAL_ERROR', 'failed');
    dms.whenStarted = () => {
      dms.setTable('employees', 'Table error');
      dms.status = 'running';
    };
    await follow(500);
    expect(dms.orders).toEqual(['StartReplicationTask resume-processing']);
    dms.setTable('employees', 'Table error', 10, { FullLoadStartTime: new Date(77) });
    await follow(60);
    expect(dms.orders).toEqual(['StartReplicationTask resume-processing', 'ReloadTables employees']);
  });
});

describe('a task that ends too early', () => {
  beforeEach(() => dms.begin());

  test('by an error that may pass is resumed: what was not completed is emptied first', async () => {
    dms.setTables({ employees: 'Table cancelled', departments: 'Table completed' });
    dms.stop('RECOVERABLE_ERROR');
    const { emptied } = await follow(120);
    expect(emptied).toEqual([['hr.employees']]);
    expect(dms.orders).toEqual(['StartReplicationTask resume-processing']);
  });

  test('is not emptied at first sight: DMS may be going on by itself', async () => {
    dms.setTables({ employees: 'Full load', departments: 'Table completed' });
    for (const reason of ['RECOVERABLE_ERROR', 'RECYCLE_TASK']) {
      dms.stop(reason);
      expect(await step()).toEqual({ status: 'working', waitSeconds: 30 });
      dms.status = 'running';
      await step();
    }
    expect(await listStarts(load)).toEqual([]);
  });

  test('and has completed nothing is loaded anew', async () => {
    dms.setTables({ employees: 'Table cancelled', departments: 'Before load' });
    dms.stop('RECOVERABLE_ERROR', 'failed');
    const { emptied } = await follow(120);
    expect(emptied).toEqual([['hr.employees', 'hr.departments']]);
    expect(dms.orders).toEqual(['StartReplicationTask reload-target']);
  });

  test('is started again three times, and then given up with its words', async () => {
    dms.setTables({ employees: 'Table cancelled', departments: 'Table completed' });
    dms.message = 'Network error has occurred';
    dms.whenStarted = () => dms.stop('RECOVERABLE_ERROR');
    dms.stop('RECOVERABLE_ERROR');
    const message = await failureOf(follow(86_400));
    expect(message).toContain('Stop Reason RECOVERABLE_ERROR; Network error has occurred');
    expect(message).toContain('started again 3 times');
    expect(dms.orders).toHaveLength(4);
  });

  test('by the error of a table is started again once; the same table again gives up', async () => {
    dms.setTables({ employees: 'Table error', departments: 'Table completed' });
    dms.message = 'null value in column "name"';
    dms.whenStarted = () => {
      dms.setTable('employees', 'Table error');
      dms.stop('FATAL_ERROR', 'failed');
    };
    dms.stop('FATAL_ERROR', 'failed');
    const message = await failureOf(follow(86_400));
    expect(message).toContain('null value in column "name"');
    expect(message).toContain('Loading again did not help: hr.employees.');
    expect(dms.orders).toEqual(['StartReplicationTask resume-processing']);
  });

  test.each(['STOPPED_DUE_TO_LOW_MEMORY', 'FATAL_ERROR', 'NORMAL', 'UNHEARD_OF'])(
    'for the reason %s, no table having failed, is a failure at once',
    async (reason) => {
      dms.setTables({ employees: 'Table cancelled', departments: 'Table completed' });
      dms.stop(reason);
      expect(await failureOf(step())).toContain(reason);
    },
  );

  test('and is serverless is loaded anew, since it can’t be resumed', async () => {
    load = await dmsLoad(undefined, { dms: { mode: 'serverless' } });
    dms.setTables({ employees: 'Table cancelled', departments: 'Table completed' });
    dms.stop('RECOVERABLE_ERROR');
    const { emptied } = await follow(120);
    expect(emptied).toEqual([['hr.employees', 'hr.departments']]);
    expect(dms.orders).toEqual(['StartReplication reload-target']);
  });

  test('is not emptied again for a start that DMS refused, or whose answer was lost', async () => {
    dms.setTables({ employees: 'Table cancelled', departments: 'Table completed' });
    dms.stop('RECOVERABLE_ERROR');
    dms.failures = [
      Object.assign(new Error('modifying'), { name: 'InvalidResourceStateFault' }),
      Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }),
    ];
    const { emptied } = await follow(60);
    pass(61);
    await expect(step()).rejects.toThrow(TransientError);
    await follow(200);
    expect(emptied).toEqual([['hr.employees']]);
    expect(dms.orders).toEqual(Array.from({ length: 3 }, () => 'StartReplicationTask resume-processing'));
    expect(await listStarts(load)).toHaveLength(1);
  });
});

describe('a next attempt', () => {
  const next = () => dmsLoad(undefined, { attempt: 2, services: load.services });

  test('with a new task empties every table before the first start', async () => {
    load = await next();
    const { emptied } = await follow(60);
    expect(emptied).toEqual([['hr.employees', 'hr.departments']]);
    expect(dms.orders).toEqual(['StartReplicationTask start-replication']);
  });

  test('follows what still runs', async () => {
    await step();
    dms.setTables({ employees: 'Full load', departments: 'Full load' });
    load = await next();
    const { emptied } = await follow(60);
    dms.setTables(BOTH);
    dms.stop('FULL_LOAD_ONLY_FINISHED');
    expect(await step()).toEqual({ status: 'done' });
    expect([emptied, dms.orders]).toEqual([[], ['StartReplicationTask start-replication']]);
  });

  test.each([
    ['stopped by hand', 'NORMAL', 'Table cancelled', 'resume-processing', ['hr.employees']],
    ['failed for good', 'FATAL_ERROR', 'Table error', 'resume-processing', ['hr.employees']],
    [
      'stopped by hand when all was there',
      'NORMAL',
      'Table completed',
      'reload-target',
      ['hr.employees', 'hr.departments'],
    ],
  ])('goes on with a task that was %s', async (_how, reason, state, type, tables) => {
    await step();
    dms.setTables({ employees: state, departments: 'Table completed' });
    dms.stop(reason);
    dms.forget();
    load = await next();
    const { emptied } = await follow(120);
    expect(emptied).toEqual([tables]);
    expect(dms.orders).toEqual([`StartReplicationTask ${type}`]);
    dms.stop('NORMAL');
    expect(await failureOf(step())).toContain('NORMAL');
  });
});
