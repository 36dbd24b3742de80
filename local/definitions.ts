import { readFileSync } from 'node:fs';

export const MACHINE_NAMES = ['initial-load', 'tear-down'] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];

/** What of a state the local runner looks at. */
export interface State {
  Type: string;
  Resource?: unknown;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[]; IntervalSeconds?: number }[];
  ItemProcessor?: Definition;
}
export interface Definition {
  StartAt: string;
  /** Of the execution. */
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

/** Node's timers can't be set for longer than 2^31 - 1 milliseconds. */
const LONGEST_TIMER_SECONDS = 2_147_000;

/**
 * A deployed definition with the names of functions and machines, which CloudFormation would put in, as ARNs.
 * Everything else is what runs on AWS.
 */
export function readDefinition(name: MachineName): Definition {
  const text = readFileSync(new URL(`../statemachines/${name}.asl.json`, import.meta.url), 'utf8');
  return JSON.parse(text, (_field, value: unknown) => arnOf(value) ?? value) as Definition;
}

/** Every state, also those inside a Map, by name: names differ within a machine. */
export function statesOf(definition: Definition): [name: string, state: State][] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    [name, state] as [string, State],
    ...(state.ItemProcessor === undefined ? [] : statesOf(state.ItemProcessor)),
  ]);
}

/** The key in serverless.yml of the function that a Task calls, or undefined when it calls something else. */
export function functionKeyOf(state: State): string | undefined {
  return typeof state.Resource === 'string' ? /:function:(\w+)$/.exec(state.Resource)?.[1] : undefined;
}

/** Here no Lambda ends an invocation, and one may take as long as the load: a Task waits for it. */
export function waitForInvocations(definition: Definition, invocationSeconds: number): void {
  for (const [, state] of statesOf(definition)) {
    if (functionKeyOf(state) === undefined) continue;
    state.TimeoutSeconds = Math.min(Math.max(state.TimeoutSeconds ?? 0, invocationSeconds + 60), LONGEST_TIMER_SECONDS);
  }
}

function arnOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('Fn::GetAtt' in value) {
    const [key] = value['Fn::GetAtt'] as [string, string];
    return `arn:aws:lambda:local:000000000000:function:${key}`;
  }
  if ('Ref' in value && typeof value.Ref === 'string')
    return `arn:aws:states:local:000000000000:stateMachine:${value.Ref}`;
  return undefined;
}
