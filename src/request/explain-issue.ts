import type { z } from 'zod';
import { RequestError } from '../errors.ts';
import { knownFields, schemasAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { hideCredentials, kindOf, showPath, showValue } from './show.ts';

type Issue = z.core.$ZodIssue;
type Issues = readonly Issue[];

/**
 * Of everything that the schema finds wrong, the one thing that a person should mend first: an unknown field comes
 * before what it left missing.
 */
export function explainIssues(issues: Issues, input: unknown): RequestError {
  const [first] = rank(issues);
  if (!first) throw new Error('A request without an issue is not wrong.');
  return explain(first, [], input);
}

function rank(issues: Issues): Issue[] {
  return issues.toSorted((one, other) => Number(isUnknownField(other)) - Number(isUnknownField(one)));
}

function isUnknownField(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys';
}

function explain(issue: Issue, parent: PropertyKey[], input: unknown): RequestError {
  const path = [...parent, ...issue.path];
  const found = valueAt(input, path);
  if (issue.code === 'unrecognized_keys') return unknownField(path, issue.keys[0] ?? '');
  if (issue.code === 'invalid_union' && found !== undefined) {
    const inner = chooseVariant(issue.errors);
    if (inner) return explain(inner, path, input);
  }
  const field = showPath(path);
  if (found === undefined) return new RequestError({ field, wrong: 'it is missing', advice: advise(path) });
  const options = optionsOf(issue);
  if (options) return notAnOption(path, found, options);
  return new RequestError({ field, ...showValue(path, found), wrong: wrongness(issue, found), advice: advise(path) });
}

/**
 * The issue to explain of the variant that was probably meant: variants of another kind of value are left out, and of
 * the rest the one with the fewest issues is taken. Undefined when the value is of no variant's kind, or when two
 * variants are as near and it has no unknown field.
 */
function chooseVariant(variants: readonly Issues[]): Issue | undefined {
  const ofItsKind = variants.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type'),
  );
  const [meant, next] = ofItsKind.toSorted((one, other) => one.length - other.length);
  const issue = meant && rank(meant)[0];
  const undecided = meant?.length === next?.length && !(issue && isUnknownField(issue));
  return undecided ? undefined : issue;
}

function unknownField(path: PropertyKey[], key: string): RequestError {
  const known = knownFields(path);
  const field = showPath([...path, key]);
  if (known.includes(key)) {
    return new RequestError({
      field,
      wrong: 'it does not go together with the fields beside it',
      advice: advise(path),
    });
  }
  const meant = nearest(key, known);
  return new RequestError({
    field,
    wrong: 'there is no such field',
    advice: meant ? `Did you mean "${meant}"?` : `The fields here are ${known.join(', ')}`,
  });
}

function optionsOf(issue: Issue): string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code !== 'invalid_union' || !('options' in issue) || !Array.isArray(issue.options)) return undefined;
  return issue.options.map(String);
}

function notAnOption(path: PropertyKey[], found: unknown, options: string[]): RequestError {
  const meant = typeof found === 'string' ? nearest(found, options) : undefined;
  return new RequestError({
    field: showPath(path),
    ...showValue(path, found),
    wrong: options.length === 1 ? `only ${options[0]} is possible here` : `it is none of ${options.join(', ')}`,
    advice: meant ? `Did you mean "${meant}"?` : advise(path),
  });
}

function wrongness(issue: Issue, found: unknown): string {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the library may add codes; all others say it well
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' && typeof found === 'number'
        ? 'it must be a whole number'
        : `it is ${kindOf(found)}, but must be ${article(issue.expected === 'int' ? 'number' : issue.expected)}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'it is empty'
        : `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `it must be at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'it is no URL' : `it ${issue.message}`;
    case 'invalid_union':
      return `it is ${kindOf(found)}, which fits nothing that is possible here`;
    default:
      return hideCredentials(issue.message);
  }
}

function advise(path: PropertyKey[]): string {
  const description = schemasAt(path).find((schema) => schema.description !== undefined)?.description;
  return description === undefined ? 'See schemas/load-request.schema.json' : `Expected: ${description}`;
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }, input);
}
