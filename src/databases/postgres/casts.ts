/**
 * Which types take over another type's values without loss. The rule is stricter than PostgreSQL's own casts: every value
 * has the same text in both types, and values that are equal in one are equal in the other. So whoever compares the two
 * databases, as text or by value, finds no difference. What only nearly holds is refused, with the reason.
 *
 * Types are given by their structure (ColumnSurvey), in which built-in types stand as format_type writes them.
 */

const INTEGER_DIGITS: Record<string, number> = { smallint: 5, integer: 10, bigint: 19 };
const INTEGERS = Object.keys(INTEGER_DIGITS);
/** Types whose modifier is the number of fractional digits of a second; without one it is 6. */
const FRACTIONAL_SECONDS = [
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
];
const UUID_LENGTH = 36;
const NAME_LENGTH = 63;
const ARRAY = 'array of ';
const DOMAIN = 'domain over ';

interface Type {
  /** Without modifier: `timestamp without time zone`. */
  name: string;
  modifiers: number[];
}

/**
 * The type to cast a source's column to so that a target's column takes it over, as SQL; undefined when there is no
 * allowed cast.
 */
export function losslessCast(source: string, target: string): string | undefined {
  const from = withoutDomains(source);
  const to = withoutDomains(target);
  if (from.startsWith(ARRAY) && to.startsWith(ARRAY)) {
    const element = losslessCast(from.slice(ARRAY.length), to.slice(ARRAY.length));
    return element === undefined ? undefined : `${element}[]`;
  }
  return isLossless(from, to) ? to : undefined;
}

/**
 * Whether both types have the same text and binary form although they are not the same: a domain's form is that of what
 * it is over (PostgreSQL, domains.c), and its constraint says in the target what doesn't fit.
 */
export function haveSameForm(source: string, target: string): boolean {
  return withoutDomains(source) === withoutDomains(target);
}

/**
 * The type as which a column is read when its own output loses something, as SQL: xml's leaves out a declaration that
 * says nothing (PostgreSQL, xml_out_internal), which a cast to text shows, and which its input function keeps.
 */
export function readAs(structure: string): string | undefined {
  const plain = withoutDomains(structure);
  if (plain === 'xml') return 'text';
  const element = plain.startsWith(ARRAY) ? readAs(plain.slice(ARRAY.length)) : undefined;
  return element && `${element}[]`;
}

/** Whether both are one type of one extension in different versions: their text form is stable, the binary one may not be. */
export function differOnlyInExtensionVersion(source: string, target: string): boolean {
  const one = extensionType(source);
  return one !== undefined && one === extensionType(target);
}

/** Why a cast that a person might expect is not allowed, for the message. */
export function explainLoss(source: string, target: string): string | undefined {
  const [from, to] = [parseType(withoutDomains(source)).name, parseType(withoutDomains(target)).name];
  if (from.startsWith('time') && to.startsWith('time') && isZoned(from) !== isZoned(to))
    return 'a time zone would be guessed';
  if (from === 'json' && to === 'jsonb') return 'jsonb keeps neither spaces nor the order of keys nor doubled ones';
  if (from === 'real' && to === 'double precision') return '0.1 would become 0.10000000149011612';
  if (from === 'character' && to !== 'character') return 'trailing spaces would be cut';
  if (from === 'numeric' && to === 'numeric') return 'digits would be added, rounded or refused';
  if (from === to && parseType(source).modifiers.length + parseType(target).modifiers.length > 0) {
    return 'longer or finer values would be cut or refused';
  }
  return undefined;
}

function isZoned(name: string): boolean {
  return name.endsWith('with time zone');
}

/** Whether the type's values sort alike on every server, whatever its collations and its history. */
export function sortsAlikeEverywhere(structure: string): boolean {
  const { name } = parseType(withoutDomains(structure));
  return [
    ...INTEGERS,
    ...FRACTIONAL_SECONDS,
    'numeric',
    'real',
    'double precision',
    'uuid',
    'date',
    'boolean',
    'bytea',
  ].includes(name);
}

function isLossless(source: string, target: string): boolean {
  if (source.startsWith('enum ')) return fitsText(parseType(target), longestLabel(source));
  const from = parseType(source);
  const to = parseType(target);
  if (INTEGERS.includes(from.name)) return takesInteger(from.name, to);
  if (FRACTIONAL_SECONDS.includes(from.name)) {
    return to.name === from.name && (to.modifiers[0] ?? 6) >= (from.modifiers[0] ?? 6);
  }
  switch (from.name) {
    case 'numeric':
      return takesNumeric(from.modifiers, to);
    case 'character varying':
      return fitsText(to, from.modifiers[0]);
    case 'text':
      return fitsText(to, undefined);
    case 'name':
      return fitsText(to, NAME_LENGTH);
    case 'uuid':
      return fitsText(to, UUID_LENGTH);
    case 'json':
      return target === 'text';
    case 'jsonb':
      return target === 'json';
    case 'bit':
    case 'bit varying':
      return to.name === 'bit varying' && fits(to.modifiers[0], from.modifiers[0]);
    default:
      // Every interval, whatever its fields and precision, is one of the type without either.
      return from.name.startsWith('interval') && target === 'interval';
  }
}

function takesInteger(from: string, to: Type): boolean {
  if (INTEGERS.includes(to.name)) return INTEGERS.indexOf(to.name) > INTEGERS.indexOf(from);
  if (to.name === 'double precision') return from !== 'bigint';
  if (to.name === 'real') return from === 'smallint';
  const [precision, scale = 0] = to.modifiers;
  return to.name === 'numeric' && (precision === undefined || (scale === 0 && precision >= INTEGER_DIGITS[from]!));
}

/** Another scale would add zeros or round, so only one with the same scale takes it over, or one without any. */
function takesNumeric([precision, scale]: number[], to: Type): boolean {
  if (to.name !== 'numeric' || precision === undefined) return false;
  const [toPrecision, toScale] = to.modifiers;
  return toPrecision === undefined || (toPrecision >= precision && toScale === scale);
}

function fitsText(to: Type, length: number | undefined): boolean {
  return to.name === 'text' || (to.name === 'character varying' && fits(to.modifiers[0], length));
}

/** Whether a length limit (undefined: none) takes everything that another one allows. */
function fits(limit: number | undefined, length: number | undefined): boolean {
  return limit === undefined || (length !== undefined && limit >= length);
}

function longestLabel(structure: string): number {
  const labels = JSON.parse(structure.slice('enum '.length)) as string[];
  return Math.max(0, ...labels.map((label) => Array.from(label).length));
}

function parseType(structure: string): Type {
  const modifier = /\((-?\d+(?:,-?\d+)*)\)/.exec(structure);
  if (!modifier) return { name: structure, modifiers: [] };
  return { name: structure.replace(modifier[0], ''), modifiers: modifier[1]!.split(',').map(Number) };
}

export function withoutDomains(structure: string): string {
  return structure.startsWith(DOMAIN) ? withoutDomains(structure.slice(DOMAIN.length)) : structure;
}

/** Whether an extension made the type itself; arrays of such types are compared by the system's operators. */
export function isOfExtension(structure: string): boolean {
  const plain = withoutDomains(structure);
  return !plain.startsWith(ARRAY) && extensionType(plain) !== undefined;
}

/** Name, modifier and extension of `citext of citext 1.6`, without the version; arrays of such types too. */
function extensionType(structure: string): string | undefined {
  const plain = withoutDomains(structure);
  if (plain.startsWith(ARRAY)) {
    const element = extensionType(plain.slice(ARRAY.length));
    return element && `${ARRAY}${element}`;
  }
  return /^(?!range |multirange |enum |composite )(\S+ of \S+) \S+$/.exec(plain)?.[1];
}
