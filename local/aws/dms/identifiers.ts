import { invalidValue } from './world.ts';

/** A letter first; letters, digits and single hyphens; no hyphen last: DMS's rule for nearly every name. */
const IDENTIFIER = /^[A-Za-z](-?[A-Za-z0-9])*$/;
const LONGEST_RESOURCE_IDENTIFIER = 31;

/** DMS keeps identifiers in small letters. @throws ServiceFault InvalidParameterValueException */
export function checkIdentifier(field: string, value: string | undefined, longest = 255): string {
  if (value !== undefined && IDENTIFIER.test(value) && value.length <= longest) return value.toLowerCase();
  return invalidValue(
    `The parameter ${field} must be provided and must not contain more than ${longest} characters: a letter first, then` +
      ` only ASCII letters, digits and hyphens, no two hyphens in a row and none at the end. Found: ${value}`,
  );
}

/** The end of the ARN, if the request chose one. @throws ServiceFault InvalidParameterValueException */
export function checkResourceIdentifier(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (IDENTIFIER.test(value) && value.length <= LONGEST_RESOURCE_IDENTIFIER) return value;
  return invalidValue(
    `The parameter ResourceIdentifier must not contain more than ${LONGEST_RESOURCE_IDENTIFIER} characters. Found: ${value}`,
  );
}
