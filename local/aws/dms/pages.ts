import type { Filter } from '@aws-sdk/client-database-migration-service';
import { ServiceFault } from '../service-fault.ts';
import { invalidValue } from './world.ts';

interface Paging {
  MaxRecords?: number | undefined;
  Marker?: string | undefined;
}
const FEWEST = 20;
const USUAL = 100;

/**
 * Cuts a list into pages as the request asks. The marker stands for a position: what is removed between two pages can
 * hide something from the second, as it can in AWS.
 * @param most what MaxRecords may be at most; @param pageSize what a page holds at most, whatever is asked for
 * @throws ServiceFault InvalidParameterValueException
 */
export function pageOf<T>(
  items: T[],
  { MaxRecords = USUAL, Marker }: Paging,
  { pageSize, most = USUAL }: { pageSize: number; most?: number },
): { items: T[]; marker: { Marker?: string } } {
  if (!Number.isInteger(MaxRecords) || MaxRecords < FEWEST || MaxRecords > most) {
    return invalidValue(`Invalid value ${MaxRecords} for MaxRecords. Must be between ${FEWEST} and ${most}`);
  }
  const from = Marker === undefined ? 0 : Number(Buffer.from(Marker, 'base64url').toString());
  if (!Number.isInteger(from)) return invalidValue(`Invalid marker: ${Marker}`);
  const to = from + Math.min(MaxRecords, pageSize);
  const marker = to < items.length ? { Marker: Buffer.from(String(to)).toString('base64url') } : {};
  return { items: items.slice(from, to), marker };
}

/**
 * Those that every filter lets through; a filter lets through what has one of its values.
 * @param fields the filters' names that the operation knows, and the field that each compares
 * @throws ServiceFault ResourceNotFoundFault when filters leave nothing, as DMS has it
 */
export function applyFilters<T>(
  items: T[],
  filters: Filter[] | undefined,
  { of, fields }: { of: string; fields: Record<string, (item: T) => string | undefined> },
): T[] {
  if (filters === undefined || filters.length === 0) return items;
  const passed = filters.reduce((left, { Name = '', Values = [] }) => {
    const field = fields[Name];
    if (field === undefined) return invalidValue(`Invalid filter name ${Name}: ${Object.keys(fields).join(', ')}`);
    return left.filter((item) => Values.includes(field(item) ?? ''));
  }, items);
  if (passed.length > 0) return passed;
  throw new ServiceFault('ResourceNotFoundFault', `No ${of} found matching provided filters`);
}
