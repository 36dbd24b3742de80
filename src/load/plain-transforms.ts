import type { LoadRequest } from '../request/schema.ts';

const PLAIN_TRANSFORMS = new Set(['rename', 'drop']);

/** What of a table's transform is more than renaming and dropping columns. */
export function stepsBeyondPlain(steps: object | undefined): string[] {
  return Object.keys(steps ?? {}).filter((name) => !PLAIN_TRANSFORMS.has(name));
}

/** Why a strategy that can do no more than rename and drop columns doesn't fit; undefined when that is all. */
export function findTransformObstacle({ transform = {} }: Pick<LoadRequest, 'transform'>): string | undefined {
  for (const [table, steps] of Object.entries(transform)) {
    if (typeof steps === 'string') return 'it runs no script (transform.script)';
    const [step] = stepsBeyondPlain(steps);
    if (step !== undefined) return `it can rename and drop columns, but not ${step} (transform["${table}"])`;
  }
  return undefined;
}
