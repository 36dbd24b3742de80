import { statesOf, type Definition } from './definitions.ts';

/** Waits and retries of an execution whose clock runs fast; without a pace they are the interpreter's own. */
export interface PacedWaits {
  overrides: { waitTimeOverrides: Record<string, number>; retryIntervalOverrides: Record<string, number[]> };
  /** Told each answer before the state that waits for it is entered. */
  hear(answer: unknown): void;
}

/**
 * The interpreter waits whole seconds, so shorter ones are given to it by the states' names, in milliseconds; the time that
 * the execution may take is shortened in the definition.
 */
export function paceOf(definition: Definition, pace: number | undefined): PacedWaits | undefined {
  if (pace === undefined) return undefined;
  if (definition.TimeoutSeconds !== undefined) definition.TimeoutSeconds /= pace;
  const states = statesOf(definition);
  const waits = states.filter(([, { Type }]) => Type === 'Wait').map(([name]) => name);
  const waitTimeOverrides = Object.fromEntries(waits.map((name) => [name, 0]));
  const retryIntervalOverrides = Object.fromEntries(
    states.flatMap(([name, { Retry = [] }]) =>
      Retry.length === 0 ? [] : [[name, Retry.map(({ IntervalSeconds = 1 }) => (IntervalSeconds * 1_000) / pace)]],
    ),
  );
  return {
    overrides: { waitTimeOverrides, retryIntervalOverrides },
    hear(answer) {
      const { waitSeconds } = (answer ?? {}) as { waitSeconds?: number };
      if (waitSeconds === undefined) return;
      // Of several shards at once the last answer counts: their waits differ by little.
      for (const name of waits) waitTimeOverrides[name] = (waitSeconds * 1_000) / pace;
    },
  };
}
