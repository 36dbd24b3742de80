/** Holds each block back until the next one has come: so it is known which one is the last. */
export async function* withLastLookedAhead<T>(
  blocks: AsyncIterable<T[]>,
): AsyncGenerator<{ rows: T[]; isLast: boolean }> {
  let held: T[] | undefined;
  for await (const rows of blocks) {
    if (rows.length === 0) continue;
    if (held) yield { rows: held, isLast: false };
    held = rows;
  }
  if (held) yield { rows: held, isLast: true };
}
