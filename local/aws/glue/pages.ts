import { invalidInput } from './world.ts';

interface Paging {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/**
 * Cuts a list into pages as the request asks. The token stands for a position.
 * @param most what MaxResults may be at most, and is when the request doesn't say; @param pageSize what a page holds at most
 * @throws ServiceFault InvalidInputException
 */
export function pageOf<T>(
  items: T[],
  { MaxResults, NextToken }: Paging,
  { most, pageSize }: { most: number; pageSize: number },
): { items: T[]; next: { NextToken?: string } } {
  const asked = MaxResults ?? most;
  if (!Number.isInteger(asked) || asked < 1 || asked > most) {
    return invalidInput(`MaxResults must be from 1 to ${most}, not ${asked}`);
  }
  const from = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64url').toString());
  if (!Number.isInteger(from)) return invalidInput(`Invalid token: ${NextToken}`);
  const to = from + Math.min(asked, pageSize);
  const next = to < items.length ? { NextToken: Buffer.from(String(to)).toString('base64url') } : {};
  return { items: items.slice(from, to), next };
}
