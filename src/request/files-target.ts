import type { QualifiedName } from '../model.ts';
import type { LoadRequest } from './schema.ts';
import { tableNameOf } from './table-name.ts';

export type FilesTarget = Extract<NonNullable<LoadRequest['target']>, { uri: string }>;

/** The target when it is S3. */
export function filesTargetOf({ target }: Pick<LoadRequest, 'target'>): FilesTarget | undefined {
  return target?.engine === 's3' ? target : undefined;
}

/** The folder of a table's files, `s3://bucket/prefix/hr.employees/`; two tables never have the same. */
export function filesOf(target: Pick<FilesTarget, 'uri'>, table: QualifiedName): string {
  const { schema, table: name } = tableNameOf(table);
  return `${filesOfSchema(target, schema)}${safe(name)}/`;
}

/** What the folders of all tables of a schema begin with. */
export function filesOfSchema({ uri }: Pick<FilesTarget, 'uri'>, schema: string): string {
  return `${uri.replace(/\/+$/, '')}/${safe(schema)}.`;
}

/**
 * As it stands where every reader of S3 and Hadoop takes it so; else each byte of a sign as ~ and two hex digits. What
 * begins with _ is no data for Hadoop.
 */
function safe(part: string): string {
  return part.replaceAll(/^_|[^A-Za-z0-9_-]/gu, (sign) =>
    Array.from(Buffer.from(sign), (byte) => `~${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
