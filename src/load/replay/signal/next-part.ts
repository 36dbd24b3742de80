import type { KeyRange } from '../../../model.ts';
import type { Ended } from './follow.ts';
import type { Part } from './part.ts';

type LastPart = Pick<Part, 'range' | 'from' | 'to' | 'ends' | 'read'>;
type Beginning = Pick<Part, 'range' | 'from'>;

/**
 * Where the next part begins; undefined when the last one has ended the last range.
 * @param last absent before the first one
 */
export function nextOf(
  ranges: KeyRange[],
  last?: { part: LastPart; ended: Pick<Ended, 'state'> },
): Beginning | undefined {
  if (!last) return beginningOf(ranges[0]);
  const { part, ended } = last;
  const { range, from, to } = part;
  if (ended.state === 'overtaken') return { range, ...(from && { from }) };
  if (!part.ends) return { range, ...(to && { from: to }) };
  return beginningOf(ranges[ranges.findIndex(({ id }) => id === range) + 1]);
}

/** Rows by key range, those of a part that is done among them. Of one that was overtaken nobody knows how many it read. */
export function readSoFar(last?: { part: Pick<Part, 'range' | 'read'>; ended: Ended }): Part['read'] {
  if (!last) return {};
  const { part, ended } = last;
  const rows = ended.state === 'done' ? ended.rows : 0;
  return { ...part.read, [part.range]: (part.read[part.range] ?? 0) + rows };
}

function beginningOf(range: KeyRange | undefined): Beginning | undefined {
  return range && { range: range.id, ...(range.from && { from: range.from }) };
}
