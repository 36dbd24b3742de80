import { RequestError } from '../errors.ts';
import { assertNoContradiction } from './contradictions.ts';
import { explainIssues } from './explain-issue.ts';
import { parseJsonText } from './json-text.ts';
import { loadRequestSchema, type LoadRequest } from './schema.ts';
import { kindOf } from './show.ts';
import { settleTableNames } from './table-names.ts';

/**
 * A checked request with every default filled in and every table's name written in the one way (QualifiedName).
 * No value that may be a credential is repeated in the message.
 * @throws RequestError for the first thing to mend
 */
export function parseRequest(input: unknown): LoadRequest {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new RequestError({
      field: 'request',
      wrong: `it is ${kindOf(input)}, but must be an object`,
      advice: 'Give the request itself, {"dataset": …, "consumer": …, "source": …, "target": …}',
    });
  }
  const parsed = loadRequestSchema.safeParse(input);
  if (!parsed.success) throw explainIssues(parsed.error.issues, input);
  const request = settleTableNames(parsed.data);
  assertNoContradiction(request);
  return request;
}

/** A request out of a file's text. @throws RequestError, with line and column when it is not JSON */
export function parseRequestText(text: string): LoadRequest {
  return parseRequest(parseJsonText(text));
}
