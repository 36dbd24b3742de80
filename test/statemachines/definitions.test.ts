import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import { functionKeyOf, MACHINE_NAMES, readDefinition, statesOf } from '../../local/definitions.ts';
import type { State } from '../../local/definitions.ts';
import { ERROR_NAMES } from '../../src/errors.ts';

/** What of a state these tests look at. */
interface FullState extends State {
  Next?: string;
  End?: boolean;
  Default?: string;
  Choices?: { Next: string }[];
  Retry?: { ErrorEquals: string[]; MaxAttempts?: number; JitterStrategy?: string }[];
  Catch?: { ErrorEquals: string[]; ResultPath?: string; Next: string }[];
}

const statesIn = (machine: (typeof MACHINE_NAMES)[number]) =>
  statesOf(readDefinition(machine)) as unknown as [string, FullState][];
const allStates = MACHINE_NAMES.flatMap((machine) =>
  statesIn(machine).map(([name, state]) => ({ machine, name, state })),
);
const tasks = allStates.filter(({ state }) => state.Type === 'Task');
const functionTasks = tasks.filter(({ state }) => functionKeyOf(state) !== undefined);
const SERVICE_ERRORS = /^(States|Lambda|Sandbox|StepFunctions)\./;
/** Node's timers end at 2^31 - 1 milliseconds, with which a local run would time out at once. */
const TWENTY_FOUR_DAYS_SECONDS = 24 * 24 * 60 * 60;

/** Called by events, by the clock and by the command line, not by a machine. */
const OUTSIDE_THE_MACHINES = ['start', 'status-changed', 'sweep', 'acknowledge'];
/** Shared by the handlers, none itself. */
const NO_HANDLERS = ['lambda', 'services'];

const fileOf = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('the definitions', () => {
  test.each(MACHINE_NAMES)('%s is valid Amazon States Language', (machine) => {
    const { isValid, errorsText } = aslValidator(readDefinition(machine), { checkPaths: true, checkArn: true });
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  test.each(MACHINE_NAMES)('%s ends in less than 24 days', (machine) => {
    const definition = readDefinition(machine) as { TimeoutSeconds?: number };
    expect(definition.TimeoutSeconds).toBeLessThan(TWENTY_FOUR_DAYS_SECONDS);
  });

  test.each(MACHINE_NAMES)('%s has no two states of one name, by which the local runner finds handlers', (machine) => {
    const names = statesIn(machine).map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('every function is named by its key in serverless.yml and pinned by CloudFormation', () => {
    for (const machine of MACHINE_NAMES) {
      const text = readFileSync(new URL(`../../statemachines/${machine}.asl.json`, import.meta.url), 'utf8');
      expect(text).not.toMatch(/arn:aws:lambda/);
    }
    expect(functionTasks.length).toBe(tasks.length - 1);
  });

  test.each(functionTasks.map(({ name, state }) => [name, functionKeyOf(state) ?? '']))(
    '%s calls %s, which has a handler',
    (_name, key) => {
      expect(existsSync(new URL(`../../functions/${fileOf(key)}.ts`, import.meta.url))).toBe(true);
    },
  );

  test('every handler serves a state, or whoever calls from outside', () => {
    const used = new Set(functionTasks.map(({ state }) => fileOf(functionKeyOf(state) ?? '')));
    const files = readdirSync(new URL('../../functions', import.meta.url)).map((file) => file.replace(/\.ts$/, ''));
    const idle = files.filter(
      (file) => !used.has(file) && !OUTSIDE_THE_MACHINES.includes(file) && !NO_HANDLERS.includes(file),
    );
    expect(idle).toEqual([]);
  });

  test('every error that is retried or caught by name exists', () => {
    const named = allStates
      .flatMap(({ state }) => [...(state.Retry ?? []), ...(state.Catch ?? [])])
      .flatMap((rule) => rule.ErrorEquals);
    const custom = named.filter((name) => !SERVICE_ERRORS.test(name));
    expect(custom.length).toBeGreaterThan(0);
    expect(ERROR_NAMES).toEqual(expect.arrayContaining([...new Set(custom)]));
  });

  test.each(tasks)('$machine: $name has a time-out, and jitter in every retry', ({ state }) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(state.Retry?.length).toBeGreaterThan(0);
    for (const retry of state.Retry ?? []) expect(retry.JitterStrategy).toBe('FULL');
  });

  test.each(functionTasks)(
    '$machine: $name is tried again once after a time-out, and more often after what may pass',
    ({ state }) => {
      const attempts = (error: string) =>
        state.Retry?.find(({ ErrorEquals }) => ErrorEquals.includes(error))?.MaxAttempts;
      expect(attempts('States.Timeout')).toBe(1);
      expect(attempts('Sandbox.Timedout')).toBe(1);
      expect(attempts('TransientError')).toBeGreaterThan(1);
      expect(attempts('Lambda.TooManyRequestsException')).toBeGreaterThan(1);
    },
  );

  test('all steps that call a function are tried again alike', () => {
    const [first] = functionTasks;
    for (const { machine, name, state } of functionTasks) {
      expect([machine, name, state.Retry]).toEqual([machine, name, first?.state.Retry]);
    }
  });
});

describe('initial-load', () => {
  const states = Object.fromEntries(statesIn('initial-load'));
  const nextOf = (state: FullState | undefined) =>
    [
      state?.Next,
      state?.Default,
      ...(state?.Choices ?? []).map(({ Next }) => Next),
      ...(state?.Catch ?? []).map(({ Next }) => Next),
    ].filter((next) => next !== undefined);

  test('nothing after tear-down leads back into it', () => {
    const reached = new Set<string>();
    const walk = (name: string) => {
      if (reached.has(name)) return;
      reached.add(name);
      for (const next of nextOf(states[name])) walk(next);
    };
    for (const next of nextOf(states['Tear down'])) walk(next);
    expect(reached).toContain('Fail');
    expect(reached).toContain('Succeed');
    expect(reached).not.toContain('Tear down');
  });

  test('whatever fails between acceptance and tear-down is torn down', () => {
    // A notification that fails is no failure of the load.
    const outside = new Set(['Accept', 'Notify consumer', 'Tear down', 'Result', 'Explain refusal']);
    const inMap = new Set(['Advance', 'Advance (control plane)', 'Record shard failure']);
    const steps = Object.entries(states).filter(
      ([name, { Type }]) => /Task|Map/.test(Type) && !outside.has(name) && !inMap.has(name),
    );
    expect(steps.length).toBeGreaterThan(5);
    for (const [name, state] of steps) {
      expect([name, state.Catch?.at(-1)]).toEqual([
        name,
        expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'Tear down' }),
      ]);
    }
  });

  test('whether the consumer could be told or not, it is awaited where the plan says so, and else nothing is waited for', () => {
    expect(nextOf(states['Notify consumer'])).toEqual(['Is the consumer awaited?', 'Is the consumer awaited?']);
    expect(nextOf(states['Is the consumer awaited?'])).toEqual(['Tear down', 'Await consumer']);
    expect(nextOf(states['Await consumer'])).toEqual(['Has the consumer read?', 'Tear down']);
    expect(nextOf(states['Has the consumer read?'])).toEqual(['Tear down', 'Wait for consumer']);
    expect(nextOf(states['Wait for consumer'])).toEqual(['Await consumer']);
    expect(states['Await consumer']?.Catch).toEqual(states['Verify']?.Catch);
  });

  test('a shard that fails is recorded and its child ends normally', () => {
    for (const name of ['Advance', 'Advance (control plane)']) {
      expect(states[name]?.Catch).toEqual([
        expect.objectContaining({ ErrorEquals: ['States.ALL'], Next: 'Record shard failure' }),
      ]);
    }
    expect(nextOf(states['Record shard failure'])).toEqual(['Shard ended', 'Shard ended']);
    expect(states['Shard ended']).toMatchObject({ Type: 'Succeed', OutputPath: null });
    expect(states['Load']).toMatchObject({
      ToleratedFailurePercentage: 100,
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      MaxConcurrencyPath: '$.plan.concurrency',
    });
  });

  test('tear-down is one nested execution, named after the attempt', () => {
    expect(states['Tear down']).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { 'Name.$': "States.Format('{}-{}', $.loadId, $.attempt)" },
    });
  });
});

describe('tear-down', () => {
  test('a failing step does not stop the later ones', () => {
    const steps = statesIn('tear-down').filter(([name, { Type }]) => Type === 'Task' && name !== 'Record');
    for (const [name, state] of steps) {
      expect([name, state.Catch?.[0]?.ErrorEquals]).toEqual([name, ['States.ALL']]);
      expect([name, state.Catch?.[0]?.ResultPath]).toEqual([name, expect.stringMatching(/^\$\.\w+Problem$/)]);
    }
  });
});
