import type { LoadRequest } from './schema.ts';

export type DatabaseTarget = Extract<NonNullable<LoadRequest['target']>, { connection: unknown }>;

/** The target when it is a database: S3 and topics have no tables to prepare, to write to by key or to count. */
export function databaseTargetOf({ target }: Pick<LoadRequest, 'target'>): DatabaseTarget | undefined {
  return target && target.engine !== 's3' ? target : undefined;
}

/** Whether rows are written over those with the same key, beside rows that the load doesn't know. */
export function isUpsert(request: Pick<LoadRequest, 'target'>): boolean {
  return databaseTargetOf(request)?.ifNotEmpty === 'upsert';
}
