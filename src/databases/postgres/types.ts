import type { Client } from 'pg';
import type { ColumnSurvey } from '../../model.ts';

/** Lower numbers are assigned by hand and the same on every server (PostgreSQL, src/include/access/transam.h). */
const FIRST_LOCAL_OID = 10_000;
/** Their binary form is the number of an object of one database (PostgreSQL manual, Object Identifier Types). */
const OBJECT_REFERENCE = /^reg[a-z]+$/;
/** Their receive function refuses what their send function writes of an empty one (PostgreSQL, int.c, oid.c, tsquery.c). */
const UNREADABLE_WHEN_EMPTY = new Set(['int2vector', 'oidvector', 'tsquery']);

interface TypeRow {
  oid: number;
  schema: string;
  name: string;
  kind: 'b' | 'c' | 'd' | 'e' | 'p' | 'r' | 'm';
  isArray: boolean;
  element: number;
  base: number;
  baseType: string | null;
  extension: string | null;
  /** Has a binary form in both directions. */
  binary: boolean;
  labels: string[] | null;
  fields: { name: string; oid: number; type: string }[] | null;
  /** Of a range or multirange. */
  subtype: number | null;
  subtypeName: string | null;
  /** What else decides about bounds that are equal to others or in order: collation, operator class, canonical function. */
  rangeRules: string | null;
}
type Types = Map<number, TypeRow>;

/** Describes a column's type to the leaves; see ColumnSurvey for the two descriptions. */
export type Describe = (oid: number, type: string) => Required<Pick<ColumnSurvey, 'fingerprint' | 'structure'>>;

/**
 * Reads the types and all that they are made of.
 * @param side stands in the fingerprint of types without a binary form that means the same in another database.
 */
export async function readTypes(client: Client, oids: number[], side: 'source' | 'target'): Promise<Describe> {
  const types: Types = new Map();
  for (let missing = new Set(oids); missing.size > 0;) {
    for (const row of await readTypeRows(client, [...missing])) types.set(row.oid, row);
    missing = new Set([...types.values()].flatMap(partsOf).filter((oid) => !types.has(oid)));
  }
  return (oid, type) => {
    const parts = { types, bound: false };
    const structure = describe(parts, oid, type);
    return { structure, fingerprint: parts.bound ? `${structure} of the ${side}` : structure };
  };
}

interface Parts {
  types: Types;
  /** Set when the binary form of the type, or of one inside it, means something in one database only. */
  bound: boolean;
}

/**
 * The structure of a type. Arrays and composites carry the numbers of the types in them, but since version 14 a server
 * takes other numbers than its own for types that are not built in (PostgreSQL, array_recv and record_recv).
 */
function describe(parts: Parts, oid: number, type: string): string {
  const row = parts.types.get(oid);
  if (!row) throw new Error(`Type ${oid} (${type}) was dropped while the database was surveyed.`);
  const isLocal = oid >= FIRST_LOCAL_OID;
  const modifier = /\([^()]*\)/.exec(type.replace(/^("(""|[^"])*"|[^"(])*/, ''))?.[0] ?? '';
  if (row.isArray) return `array of ${describe(parts, row.element, type.replace(/\[\]$/, ''))}`;
  if (row.kind === 'b' && !hasPortableBinary(row)) parts.bound = true;
  if (row.extension) return `${row.name}${modifier} of ${row.extension}`;
  if (row.kind === 'd') return `domain over ${describe(parts, row.base, row.baseType ?? '')}`;
  if (row.kind === 'e') return `enum ${JSON.stringify(row.labels ?? [])}`;
  if (row.kind === 'c') {
    const fields = (row.fields ?? []).map(
      (field) => `${JSON.stringify(field.name)}: ${describe(parts, field.oid, field.type)}`,
    );
    return `composite { ${fields.join(', ')} }`;
  }
  if (!isLocal) return type;
  if (row.subtype !== null) {
    const subtype = describe(parts, row.subtype, row.subtypeName ?? '');
    return `${row.kind === 'm' ? 'multirange' : 'range'} of ${subtype}${row.rangeRules ?? ''}`;
  }
  // A type written in C that belongs to no extension: nothing tells whether another database has the same.
  parts.bound = true;
  return `${row.schema}.${row.name}${modifier}`;
}

function hasPortableBinary({ binary, name }: TypeRow): boolean {
  return binary && !OBJECT_REFERENCE.test(name) && !UNREADABLE_WHEN_EMPTY.has(name);
}

function partsOf(row: TypeRow): number[] {
  if (row.extension) return [];
  const parts = [
    row.isArray ? row.element : 0,
    row.base,
    row.subtype ?? 0,
    ...(row.fields ?? []).map((field) => field.oid),
  ];
  return parts.filter((oid) => oid !== 0);
}

async function readTypeRows(client: Client, oids: number[]): Promise<TypeRow[]> {
  const { rows } = await client.query<TypeRow>(
    `select t.oid::int8::float8 as oid, n.nspname as schema, t.typname as name, t.typtype as kind,
            exists (select from pg_type e where e.oid = t.typelem and e.typarray = t.oid) as "isArray",
            t.typelem::int8::float8 as element, t.typbasetype::int8::float8 as base,
            case when t.typbasetype <> 0 then format_type(t.typbasetype, t.typtypmod) end as "baseType",
            (select e.extname || ' ' || e.extversion from pg_depend d join pg_extension e on e.oid = d.refobjid
              where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
                and d.refclassid = 'pg_extension'::regclass) as extension,
            t.typsend <> 0 and t.typreceive <> 0 as binary,
            (select json_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid) as labels,
            (select json_agg(json_build_object('name', attname, 'oid', atttypid::int8,
                             'type', format_type(atttypid, atttypmod)) order by attnum)
               from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped) as fields,
            r.rngsubtype::int8::float8 as subtype, format_type(r.rngsubtype, null) as "subtypeName",
            concat(' collate ' || nullif(r.rngcollation::regcollation::text, '-'),
                   ' by ' || (select opcname from pg_opclass where oid = r.rngsubopc and not opcdefault),
                   ' with ' || nullif(r.rngcanonical::text, '-')) as "rangeRules"
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
       left join pg_range r on t.oid in (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)
      where t.oid = any ($1::oid[])`,
    [oids],
  );
  return rows;
}
