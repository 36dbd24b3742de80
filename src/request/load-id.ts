import { createHash } from 'node:crypto';
import { RequestError } from '../errors.ts';
import type { LoadRequest } from './schema.ts';

const LONGEST_LOAD_ID = 40;
const HASH_LENGTH = 8;
const LOAD_ID = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;
const EXECUTION_NAME = /^([A-Za-z][A-Za-z0-9-]{0,39})-([1-9]\d{0,8})$/;

/** @throws RequestError unless it is a letter, then letters, digits and hyphens, at most 40 */
export function parseLoadId(loadId: string): string {
  if (LOAD_ID.test(loadId)) return loadId;
  throw new RequestError({
    field: 'loadId',
    value: loadId,
    wrong: 'it is not an identifier of a load',
    advice: `Use a letter, then letters, digits and hyphens, at most ${LONGEST_LOAD_ID}`,
  });
}

/** The same request has the same loadId, so that running it again goes on with it: `mailer-employees-3f2a9c01`. */
export function defaultLoadId(request: LoadRequest): string {
  const words = `${request.consumer}-${request.dataset}`.replace(/[^A-Za-z0-9]+/g, '-');
  return withHashOf(canonicalJson(request), beginningWithLetter(words));
}

/** Makes any name into a loadId; different names stay different, as far as a hash can promise it. */
export function loadIdFrom(name: string): string {
  if (LOAD_ID.test(name)) return name;
  return withHashOf(name, beginningWithLetter(name.replace(/[^A-Za-z0-9-]/g, '-')));
}

function beginningWithLetter(words: string): string {
  return /^[A-Za-z]/.test(words) ? words : `load-${words}`;
}

function withHashOf(text: string, words: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH);
  return `${words.slice(0, LONGEST_LOAD_ID - HASH_LENGTH - 1).replace(/-+$/, '')}-${hash}`;
}

/** The name of an attempt's execution, at most 50 of the 80 characters that Step Functions allows. */
export function executionName(loadId: string, attempt: number): string {
  return `${loadId}-${attempt}`;
}

/** The load and attempt of an execution's name, or undefined when it is no load's (EventBridge makes names of its own). */
export function parseExecutionName(name: string): { loadId: string; attempt: number } | undefined {
  const [, loadId, attempt] = EXECUTION_NAME.exec(name) ?? [];
  return loadId === undefined ? undefined : { loadId, attempt: Number(attempt) };
}

/** JSON with the fields of every object in one order, however they were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}
