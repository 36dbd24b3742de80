import { describe, expect, test } from '@jest/globals';
import type { Handler } from '../../functions/lambda.ts';
import type { Handlers } from '../../local/handlers.ts';
import { runMachine } from '../../local/run-machine.ts';
import type { MachineEnd, MachineEvent, MachineRun } from '../../local/run-machine.ts';
import { DeadlineError, LoadFailedError, RequestError, SupersededError, TransientError } from '../../src/errors.ts';

const done = { status: 'done' };
const plan = {
  strategy: 'direct',
  planes: { provision: 'data', advance: 'data', tearDown: 'data' },
  shards: ['s1', 's2'],
  concurrency: 2,
};
type Call = { key: string; input: Record<string, unknown> };

/** Handlers that answer what is given, or a step well done, and note their calls. */
function handlersThat(answers: Record<string, unknown>): { handlers: Handlers; calls: Call[] } {
  const calls: Call[] = [];
  const usual: Record<string, unknown> = {
    accept: { loadId: 'load-a', attempt: 1, deadlineAt: '2030-01-01T00:00:00.000Z' },
    plan,
    prepareTarget: done,
    provision: done,
    provisionControl: done,
    advance: done,
    advanceControl: done,
    recordShardFailure: {},
    checkShards: {},
    restoreTarget: done,
    verify: { ...done, verified: true },
    notifyConsumer: {},
    awaitConsumer: done,
    result: { status: 'SUCCEEDED', result: { loadId: 'load-a' } },
    closeLoad: { status: 'closed', plane: 'data' },
    remove: done,
    removeControl: done,
    notifyFailure: {},
    record: {},
  };
  const handlerFor =
    (key: string): Handler =>
    async (input) => {
      calls.push({ key, input: input as Record<string, unknown> });
      const answer = { ...usual, ...answers }[key];
      const given: unknown =
        typeof answer === 'function' ? await (answer as (given: unknown) => unknown)(input) : answer;
      if (given instanceof Error) throw given;
      return given;
    };
  return { handlers: Object.fromEntries(Object.keys(usual).map((key) => [key, handlerFor(key)])), calls };
}

/** One answer after the other, the last one again and again. */
function inTurn(...answers: unknown[]) {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)];
}

async function runLoadMachine(
  answers: Record<string, unknown>,
  run: Partial<MachineRun> = {},
  input: unknown = { request: {} },
) {
  const { handlers, calls } = handlersThat(answers);
  const tearDowns: { execution: string; input: unknown }[] = [];
  const events: MachineEvent[] = [];
  const end = await runMachine('initial-load', input, {
    execution: 'load-a-1',
    handlers,
    invocationSeconds: 60,
    onEvent: (event) => events.push(event),
    startNested: async (_machine, execution, given) => {
      tearDowns.push({ execution, input: given });
      return { status: 'SUCCEEDED', output: {}, transitions: 0, invocationsEnded: Promise.resolve() };
    },
    ...run,
  });
  return { end, calls, keys: calls.map(({ key }) => key), tearDowns, events };
}

const named = (end: MachineEnd) => (end.status === 'FAILED' ? `${end.error}: ${end.cause}` : end.status);

describe('the main machine', () => {
  test('goes from acceptance to the result, tears down once, and passes only references on', async () => {
    const { end, keys, calls, tearDowns } = await runLoadMachine({});
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: { loadId: 'load-a' } });
    expect(keys).toEqual([
      'accept', 'plan', 'prepareTarget', 'provision', 'advance', 'advance', 'checkShards', 'restoreTarget', 'verify',
      'notifyConsumer', 'result',
    ]); // prettier-ignore
    expect(calls[0]?.input).toEqual({ execution: 'load-a-1', input: { request: {} } });
    const shards = calls.filter(({ key }) => key === 'advance').map(({ input }) => input);
    expect(shards).toEqual(
      ['s1', 's2'].map((shard) => ({
        loadId: 'load-a',
        attempt: 1,
        deadlineAt: '2030-01-01T00:00:00.000Z',
        plane: 'data',
        shard,
      })),
    );
    expect(tearDowns).toHaveLength(1);
    expect(tearDowns[0]).toMatchObject({ execution: 'load-a-1', input: { loadId: 'load-a', attempt: 1, plan } });
    expect(tearDowns[0]?.input).not.toHaveProperty('failure');
  });

  test('a small load takes at most 40 state transitions, those of tear-down included', async () => {
    const { end } = await runLoadMachine({});
    const { handlers } = handlersThat({});
    const tearDown = await runMachine(
      'tear-down',
      { loadId: 'load-a', attempt: 1 },
      { execution: 'x', handlers, invocationSeconds: 60 },
    );
    expect(end.transitions + tearDown.transitions).toBeLessThanOrEqual(40);
  });

  test.each(['a text', [1, 2], 5])('%j as input reaches Accept as it is', async (input) => {
    const { calls } = await runLoadMachine({}, {}, input);
    expect(calls[0]?.input).toEqual({ execution: 'load-a-1', input });
  });

  test('a step that is not done is called again, at once when it says so', async () => {
    const { end, keys } = await runLoadMachine({
      prepareTarget: inTurn({ status: 'working', waitSeconds: 0 }, done),
      verify: inTurn(
        { status: 'working', waitSeconds: 0 },
        { status: 'working', waitSeconds: 1 },
        { ...done, verified: true },
      ),
    });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys.filter((key) => key === 'prepareTarget')).toHaveLength(2);
    expect(keys.filter((key) => key === 'verify')).toHaveLength(3);
  });

  test('steps of a strategy outside the VPC are called there', async () => {
    const planes = { provision: 'control', advance: 'control', tearDown: 'control' };
    const { keys } = await runLoadMachine({ plan: { ...plan, planes } });
    expect(keys).toEqual(expect.arrayContaining(['provisionControl', 'advanceControl']));
    expect(keys).not.toContain('provision');
    expect(keys).not.toContain('advance');
  });

  test('a refused request ends the execution with the refusal, and there is nothing to tear down', async () => {
    const refusal = new RequestError({ field: 'dataset', wrong: 'is missing', advice: 'Name it.' });
    const shown = (input: { failure: { Error: string; Cause: string } }) => ({
      error: input.failure.Error,
      cause: input.failure.Cause,
    });
    const { end, keys, tearDowns } = await runLoadMachine({ accept: refusal, result: shown });
    expect(keys).toEqual(['accept', 'result']);
    expect(tearDowns).toEqual([]);
    expect(end).toMatchObject({ status: 'FAILED', error: 'RequestError' });
    const cause = JSON.parse((end as { cause: string }).cause) as object;
    expect(cause).toMatchObject({ errorType: 'RequestError', errorMessage: refusal.message, trace: expect.any(Array) });
  });

  test("a shard's failure is recorded with its cause, and the other shards go on", async () => {
    const failing = ({ shard }: { shard: string }) => (shard === 's1' ? new LoadFailedError('value too long') : done);
    const { end, calls, keys } = await runLoadMachine({ advance: failing });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys.filter((key) => key === 'advance')).toHaveLength(2);
    const recorded = calls.filter(({ key }) => key === 'recordShardFailure');
    expect(recorded).toHaveLength(1);
    expect(recorded[0]?.input).toMatchObject({
      shard: 's1',
      failure: { Error: 'LoadFailedError', Cause: expect.stringContaining('value too long') },
    });
    expect(keys).toContain('checkShards');
  });

  test('what may pass is tried again; what was superseded is not', async () => {
    const { end, keys } = await runLoadMachine({ prepareTarget: inTurn(new TransientError('connection reset'), done) });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys.filter((key) => key === 'prepareTarget')).toHaveLength(2);
    const superseded = await runLoadMachine({ provision: new SupersededError('taken over') });
    expect(superseded.keys.filter((key) => key === 'provision')).toHaveLength(1);
  });

  test.each(['plan', 'prepareTarget', 'provision', 'checkShards', 'restoreTarget', 'verify'])(
    'when %s fails, tear-down is told why',
    async (step) => {
      const result = { status: 'FAILED', error: 'LoadFailedError', cause: 'no' };
      const { end, tearDowns, keys } = await runLoadMachine({ [step]: new LoadFailedError('no'), result });
      expect(tearDowns).toHaveLength(1);
      expect(tearDowns[0]?.input).toMatchObject({
        loadId: 'load-a',
        failure: { Error: 'LoadFailedError', Cause: expect.stringContaining('no') },
      });
      expect(keys).not.toContain('notifyConsumer');
      expect(named(end)).toBe('LoadFailedError: no');
    },
  );

  test('a mismatch is no exception: the consumer hears nothing, and tear-down finds no failure in the state', async () => {
    const { keys, tearDowns } = await runLoadMachine({ verify: { ...done, verified: false } });
    expect(keys).not.toContain('notifyConsumer');
    expect(tearDowns[0]?.input).not.toHaveProperty('failure');
  });

  test('a notification that fails does not undo a verified load', async () => {
    const { end, tearDowns } = await runLoadMachine({ notifyConsumer: new Error('no route') });
    expect(end.status).toBe('SUCCEEDED');
    expect(tearDowns[0]?.input).not.toHaveProperty('failure');
  });

  describe('whose plan awaits the consumer', () => {
    const awaiting = { ...plan, awaitsConsumer: true };
    const working = { status: 'working', waitSeconds: 0 };
    const after = (keys: string[]) => keys.slice(keys.indexOf('verify') + 1);

    test('tears down when the consumer has read', async () => {
      const { end, keys, tearDowns } = await runLoadMachine({ plan: awaiting, awaitConsumer: inTurn(working, done) });
      expect(end.status).toBe('SUCCEEDED');
      expect(after(keys)).toEqual(['notifyConsumer', 'awaitConsumer', 'awaitConsumer', 'result']);
      expect(tearDowns).toHaveLength(1);
      expect(tearDowns[0]?.input).not.toHaveProperty('failure');
    });

    test('tears down as failed when it is too late', async () => {
      const result = { status: 'FAILED', error: 'DeadlineError', cause: 'il-1-employees, partition 0' };
      const awaitConsumer = inTurn(working, new DeadlineError('il-1-employees, partition 0'));
      const { end, tearDowns } = await runLoadMachine({ plan: awaiting, awaitConsumer, result });
      expect(named(end)).toBe('DeadlineError: il-1-employees, partition 0');
      expect(tearDowns).toHaveLength(1);
      expect(tearDowns[0]?.input).toMatchObject({
        failure: { Error: 'DeadlineError', Cause: expect.stringContaining('il-1-employees, partition 0') },
      });
    });

    test('awaits it also when it could not be told: it may read all the same', async () => {
      const { end, keys, tearDowns } = await runLoadMachine({ plan: awaiting, notifyConsumer: new Error('no route') });
      expect(end.status).toBe('SUCCEEDED');
      expect(after(keys)).toEqual(['notifyConsumer', 'awaitConsumer', 'result']);
      expect(tearDowns[0]?.input).toMatchObject({ notifyProblem: { Cause: expect.stringContaining('no route') } });
    });

    test('that does not say so goes straight to tear-down', async () => {
      const { keys } = await runLoadMachine({ plan: { ...plan, awaitsConsumer: false } });
      expect(keys).not.toContain('awaitConsumer');
    });
  });

  test("tear-down's own failure leads to the result, and not back", async () => {
    let started = 0;
    const startNested: MachineRun['startNested'] = async () => {
      started += 1;
      return {
        status: 'FAILED',
        error: 'Error',
        cause: 'store is gone',
        transitions: 1,
        invocationsEnded: Promise.resolve(),
      };
    };
    const { end, calls } = await runLoadMachine({}, { startNested });
    expect(end.status).toBe('SUCCEEDED');
    expect(started).toBe(3);
    expect(calls.at(-1)).toMatchObject({
      key: 'result',
      input: { tearDownProblem: { Error: 'States.TaskFailed', Cause: expect.stringContaining('store is gone') } },
    });
  });

  test('a state that would be too large for Step Functions fails here too', async () => {
    const { end } = await runLoadMachine({ plan: { ...plan, strategy: 'x'.repeat(201 * 1024) } });
    expect(end).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('an abort runs no Catch and begins nothing more, and what was begun is waited for', async () => {
    const controller = new AbortController();
    let release = () => {};
    let ended = false;
    const advance = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
        controller.abort();
      });
      ended = true;
      return done;
    };
    const many = { ...plan, shards: ['s1', 's2', 's3'], concurrency: 1 };
    const { end, keys, tearDowns } = await runLoadMachine({ plan: many, advance }, { signal: controller.signal });
    expect(end.status).toBe('ABORTED');
    expect(tearDowns).toEqual([]);
    release();
    await end.invocationsEnded;
    expect(ended).toBe(true);
    expect(keys.filter((key) => key === 'advance')).toHaveLength(1);
    expect(keys).not.toContain('checkShards');
  });

  test('one that takes longer than its definition says, by its own clock, times out as it would on AWS', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const many = { ...plan, shards: ['s1', 's2', 's3'], concurrency: 1 };
    const advance = () => held.then(() => done);
    // Of 20 days that is a fifth of a second.
    const { end, calls, tearDowns } = await runLoadMachine({ plan: many, advance }, { pace: 8_640_000 });
    release();
    await end.invocationsEnded;
    expect(end.status).toBe('TIMED_OUT');
    expect(tearDowns).toEqual([]);
    const keys = calls.map(({ key }) => key);
    expect(keys.filter((key) => key === 'advance').length).toBeLessThanOrEqual(1);
    expect(keys).not.toContain('checkShards');
  });

  test('events tell which state is entered and why one failed', async () => {
    const { events } = await runLoadMachine({ plan: new LoadFailedError('no') });
    expect(events[0]).toEqual({ machine: 'initial-load', state: 'Accept', what: 'entered' });
    const failure = { Error: 'LoadFailedError', Cause: expect.stringContaining('"errorMessage":"no"') };
    expect(events).toContainEqual({ machine: 'initial-load', state: 'Plan', what: 'failed', failure });
  });
});

describe('the tear-down machine', () => {
  const run = (answers: Record<string, unknown>) => {
    const { handlers, calls } = handlersThat(answers);
    const end = runMachine(
      'tear-down',
      { loadId: 'load-a', attempt: 1 },
      { execution: 'load-a-1', handlers, invocationSeconds: 60 },
    );
    return end.then((ended) => ({ end: ended, calls, keys: calls.map(({ key }) => key) }));
  };

  test('closes, removes, restores, tells and records', async () => {
    const { keys, end } = await run({ remove: inTurn({ status: 'working', waitSeconds: 0 }, done) });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys).toEqual(['closeLoad', 'remove', 'remove', 'restoreTarget', 'notifyFailure', 'record']);
  });

  test('leaves a load alone that a later attempt has taken over', async () => {
    const { keys, end } = await run({ closeLoad: { status: 'left-alone' } });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys).toEqual(['closeLoad']);
  });

  test('removes outside the VPC what was made there', async () => {
    const { keys } = await run({ closeLoad: { status: 'closed', plane: 'control' } });
    expect(keys).toContain('removeControl');
    expect(keys).not.toContain('remove');
  });

  test('goes on past every failing step, and Record hears of each', async () => {
    const broken = new Error('out of order');
    const { keys, calls, end } = await run({
      closeLoad: broken,
      remove: broken,
      restoreTarget: broken,
      notifyFailure: broken,
    });
    expect(end.status).toBe('SUCCEEDED');
    expect(keys).toEqual(['closeLoad', 'remove', 'restoreTarget', 'notifyFailure', 'record']);
    const problem = { Error: 'Error', Cause: expect.stringContaining('out of order') };
    expect(calls.at(-1)?.input).toMatchObject({
      closeProblem: problem,
      removeProblem: problem,
      restoreProblem: problem,
      notifyFailureProblem: problem,
    });
  });
});
