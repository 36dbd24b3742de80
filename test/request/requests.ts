import { parseRequest } from '../../src/request/parse.ts';
import type { LoadRequest } from '../../src/request/schema.ts';

/** A right request as a person writes it, with some fields replaced. */
export function writtenRequest(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['hr.employees', 'hr.departments'] },
    target: { engine: 'postgres', connection: 'env:TARGET_URL' },
    ...fields,
  };
}

export function checkedRequest(fields: Record<string, unknown> = {}): LoadRequest {
  return parseRequest(writtenRequest(fields));
}
