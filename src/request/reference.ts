import { RequestError } from '../errors.ts';

/** Where a credential lies. A request only ever holds such a reference, never the credential. */
export type Reference =
  | { kind: 'environment'; name: string }
  | { kind: 'parameter'; path: string }
  | { kind: 'secret'; id: string };

const ENVIRONMENT = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;
const PARAMETER = /^ssm:(\/[A-Za-z0-9_./-]{1,1010})$/;
/** The characters that Secrets Manager allows in a name, and the "!" of the names that RDS gives; an ARN ends with such a name. */
const SECRET = /^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@!-]{1,512}$/;

/**
 * Reads "env:NAME", "ssm:/path" or a Secrets Manager name or ARN. What is none of these may be a credential that
 * somebody pasted (a database URL has signs that no name has), so the message never repeats it.
 * @throws RequestError
 */
export function parseReference(reference: string, field: string): Reference {
  const name = ENVIRONMENT.exec(reference)?.[1];
  if (name !== undefined) return { kind: 'environment', name };
  const path = PARAMETER.exec(reference)?.[1];
  if (path !== undefined) return { kind: 'parameter', path };
  if (SECRET.test(reference)) return { kind: 'secret', id: reference };
  throw new RequestError({
    field,
    wrong: 'this is not a reference to a secret (it is not repeated here, because it may be a credential itself)',
    advice: 'Write a Secrets Manager name or ARN, "ssm:/path", or for local runs "env:NAME"',
  });
}
