import type { ColumnSurvey, DatabaseSurvey } from '../../../model.ts';
import type { Engine } from '../../../request/schema.ts';

/**
 * Which columns AWS DMS carries into PostgreSQL as they are. A list of what may go, not of what may not: a type that isn't
 * here is refused, since DMS leaves out or changes what it doesn't know, and counting rows wouldn't show it.
 *
 * From AWS's user guide for DMS (copy of June 2023). PostgreSQL: "Using DMS to migrate data from PostgreSQL to PostgreSQL"
 * says which types migrate successfully; enums, ranges, inet and composites don't, and numeric without a precision becomes
 * numeric(28,6). Of what it calls partially migrated, numeric(p,s) up to 38 digits is here because both tables of types map
 * it to itself. Likewise uuid, which the source's table maps to a string. MySQL and MariaDB: by "Source data types for
 * MySQL" and "Target data types for PostgreSQL" the plan has matched the pairs already (src/databases/mysql/casts.ts).
 */
const POSTGRES: Carried[] = [
  { type: /^(smallint|integer|bigint|real|double precision|boolean|date|uuid|cidr)$/ },
  { type: /^numeric\((?<precision>\d+),\d+\)$/ },
  { type: /^character( varying)?\((?<length>\d+)\)$/ },
  { type: /^(timestamp|time)(\(\d\))? without time zone$/ },
  { type: /^timestamp(\(\d\))? with time zone$/, zoned: true },
  { type: /^(text|bytea)$/, lob: true },
];
const MYSQL: Carried[] = [
  { type: /^(medium|long)(text|blob)$/, lob: true },
  { type: /^(var)?char\((?<length>\d+)\)$/ },
  { type: /^(?!((medium|long)(text|blob)|(var)?char\(\d+\))$)/ },
];
const CARRIED: Partial<Record<Engine, Carried[]>> = { postgres: POSTGRES, mysql: MYSQL, mariadb: MYSQL };

/** Whole numbers, as the catalogues of PostgreSQL, MySQL and MariaDB write their types. */
export const INTEGER_TYPE = /^(smallint|integer|bigint|(tiny|small|medium|big)?int(\(\d+\))?( unsigned)?)$/;

interface Carried {
  /** The type as the engine's catalogue writes it. */
  type: RegExp;
  /** DMS moves it as a large object. */
  lob?: true;
  /** Its time zone gets lost on the way. */
  zoned?: true;
}

/** DMS's NUMERIC has no more ("Data types for AWS Database Migration Service"). */
const MOST_DIGITS = 38;
/** A longer string is no varchar of its own length any more ("Target data types for PostgreSQL"). */
const MOST_CHARACTERS = 21_845;
const UTC = new Set(['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Zulu', 'Etc/Zulu', 'Universal', 'Etc/Universal']);

/** Whether DMS moves the column as a large object: after the row, or cut off at a limit. */
export function isLob({ type }: ColumnSurvey, engine: Engine): boolean {
  return find(type, engine)?.lob ?? false;
}

/** Why DMS would not carry the column's values as they are; undefined when it does. */
export function findTypeObstacle(
  column: ColumnSurvey,
  place: ColumnSurvey,
  { source, target }: { source: DatabaseSurvey; target: DatabaseSurvey },
): string | undefined {
  const carried = find(column.type, source.engine);
  if (!carried) return 'AWS does not say that its values arrive unchanged';
  const zoned = /^timestamp.* with time zone$/.test(place.type);
  if (!carried.zoned && !zoned) return undefined;
  if (carried.zoned && zoned && UTC.has(source.timeZone ?? '') && UTC.has(target.timeZone ?? '')) return undefined;
  return (
    'DMS carries times without their zone, so both roles must have UTC as the time zone of their sessions ' +
    `(source: ${source.timeZone ?? 'unknown'}, target: ${target.timeZone ?? 'unknown'})`
  );
}

function find(type: string, engine: Engine): Carried | undefined {
  return CARRIED[engine]?.find((carried) => {
    const { precision, length } = carried.type.exec(type)?.groups ?? {};
    return carried.type.test(type) && Number(precision ?? 0) <= MOST_DIGITS && Number(length ?? 0) <= MOST_CHARACTERS;
  });
}
