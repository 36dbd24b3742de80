/** The candidate that a person most likely meant, or undefined when none is near. */
export function nearest(meant: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(plain(meant), plain(candidate)) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  if (best === undefined) return undefined;
  const bearable = Math.max(1, Math.floor(Math.min(meant.length, best.candidate.length) / 3));
  return best.distance <= bearable ? best.candidate : undefined;
}

/** Case and the signs between words are how people differ when they mean the same. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that make one word the other (optimal string alignment). */
function editDistance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        rows[row - 1]![column]! + 1,
        current[column - 1]! + 1,
        rows[row - 1]![column - 1]! + (same ? 0 : 1),
        swapped ? (rows[row - 2]?.[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    rows.push(current);
  }
  return rows[one.length]![other.length]!;
}
