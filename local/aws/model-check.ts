/**
 * Holds requests and answers to the SDK's own model of them, which its packages export as nested arrays
 * (`CreateEndpointMessage$`): [kind, namespace, name, traits, …], a structure's members and their schemas side by side,
 * then the number of members that are required, which come first. A number is a simple type, or a list (64) or map (128)
 * of one; a function stands for what it answers; a pair is a schema with traits. See StaticSchema in @smithy/types.
 */
export type Schema = unknown;

/** Enums are plain strings in the model: the values by structure and member, as `CreateEndpointMessage.SslMode`. */
export type Enums = Record<string, Record<string, Record<string, string>>>;

/** A field that is unknown, missing or of another type. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  /** From outside in: `tableMappings`, `kafkaSettings.sslCaCertificateArn`, `tags.2.member.key`. */
  readonly path: string;
  readonly kind: 'unknown' | 'missing' | 'mistyped' | 'not in the enum';

  constructor(kind: ShapeError['kind'], path: string, message: string) {
    super(message);
    this.kind = kind;
    this.path = path;
  }
}

export interface Check {
  enums: Enums;
  /** Timestamps are seconds since 1970 on the wire, and Dates to the SDK's types. */
  direction: 'read' | 'write';
}

const STRUCTURES = new Set([3, -3, 4]);
const SIMPLE = { string: 0, number: 1, boolean: 2, timestamps: [4, 5, 6, 7], document: 15 };
const LIST_OF = 64;
const MAP_OF = 128;

/** The value in the form of the other side. @throws ShapeError */
export function checkShape(schema: Schema, value: unknown, check: Check, path = ''): unknown {
  const resolved = resolve(schema);
  if (typeof resolved === 'number') return checkNumbered(resolved, value, check, path);
  if (resolved === 'unit') return checkStructure(['', '', 'Unit', 0, [], []], value, check, path);
  const [kind, , , , inner] = resolved as unknown[];
  if (kind === 0) return checkShape(inner, value, check, path);
  if (kind === 1) return checkList(inner, value, check, path);
  if (kind === 2) return checkMap((resolved as unknown[])[5], value, check, path);
  if (STRUCTURES.has(kind as number)) return checkStructure(resolved as unknown[], value, check, path);
  throw new Error(`The model has a schema of the kind ${String(kind)} at ${path}, which this check doesn't know.`);
}

function resolve(schema: Schema): Schema {
  if (typeof schema === 'function') return resolve((schema as () => Schema)());
  if (Array.isArray(schema) && schema.length === 2) return resolve(schema[0]);
  return schema;
}

function checkNumbered(type: number, value: unknown, check: Check, path: string): unknown {
  if (type >= MAP_OF) return checkMap(type - MAP_OF, value, check, path);
  if (type >= LIST_OF) return checkList(type - LIST_OF, value, check, path);
  if (type === SIMPLE.document) return value;
  if (SIMPLE.timestamps.includes(type)) return checkTimestamp(value, check, path);
  const name = type === SIMPLE.boolean ? 'boolean' : type === SIMPLE.number ? 'number' : 'string';
  if (type > SIMPLE.boolean) throw new Error(`The model has a simple type ${type} at ${path}, unknown to this check.`);
  if (typeof value !== name || (name === 'number' && !Number.isFinite(value))) throw mistyped(path, name, value);
  return value;
}

function checkTimestamp(value: unknown, { direction }: Check, path: string): unknown {
  if (direction === 'read') {
    if (typeof value === 'number' && Number.isFinite(value)) return new Date(value * 1_000);
    throw mistyped(path, 'timestamp in seconds', value);
  }
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime() / 1_000;
  throw mistyped(path, 'Date', value);
}

function checkList(item: Schema, value: unknown, check: Check, path: string): unknown[] {
  if (!Array.isArray(value)) throw mistyped(path, 'list', value);
  return value.map((element, index) => checkShape(item, element, check, `${path}.${index + 1}.member`));
}

function checkMap(item: Schema, value: unknown, check: Check, path: string): unknown {
  const fields = fieldsOf(value, path);
  return Object.fromEntries(
    Object.entries(fields).map(([key, element]) => [key, checkShape(item, element, check, `${path}.${key}`)]),
  );
}

function checkStructure(structure: unknown[], value: unknown, check: Check, path: string): unknown {
  const [kind, , name, , members, schemas, required = 0] = structure as [
    number,
    string,
    string,
    unknown,
    string[],
    Schema[],
    number?,
  ];
  const fields = fieldsOf(value, path);
  const checked: Record<string, unknown> = {};
  for (const [field, content] of Object.entries(fields)) {
    const at = join(path, field);
    const index = members.indexOf(field);
    if (content === undefined && check.direction === 'write') continue;
    if (index === -1) throw new ShapeError('unknown', at, `${name} has no member ${field}`);
    checked[field] = checkShape(schemas[index], content, check, at);
    checkEnum(check.enums[name]?.[field], checked[field], at);
  }
  for (const field of members.slice(0, required)) {
    if (checked[field] === undefined) {
      throw new ShapeError('missing', join(path, field), 'Member must not be null');
    }
  }
  if (kind === 4 && Object.keys(checked).length !== 1) throw mistyped(path, 'union with one member', value);
  return checked;
}

function checkEnum(values: Record<string, string> | undefined, value: unknown, path: string): void {
  if (values === undefined) return;
  const allowed = Object.values(values);
  if (allowed.includes(value as string)) return;
  const set = `Member must satisfy enum value set: [${allowed.join(', ')}]`;
  throw new ShapeError('not in the enum', path, `Value '${String(value)}': ${set}`);
}

function fieldsOf(value: unknown, path: string): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  if (!isObject) throw mistyped(path, 'structure', value);
  return value as Record<string, unknown>;
}

/** AWS writes the members' names with a small letter in front. */
function join(path: string, member: string): string {
  const name = member.charAt(0).toLowerCase() + member.slice(1);
  return path === '' ? name : `${path}.${name}`;
}

function mistyped(path: string, expected: string, value: unknown): ShapeError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
  return new ShapeError('mistyped', path, `expected ${expected}, found ${found}`);
}
