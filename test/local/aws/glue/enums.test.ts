import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-glue';
import { ENUMS } from '../../../../local/aws/glue/enums.ts';

const MODELS = ['models_0', 'models_1', 'models_2', 'models_3'].map((name) =>
  readFileSync(
    new URL(`../../../../node_modules/@aws-sdk/client-glue/dist-types/models/${name}.d.ts`, import.meta.url),
    'utf8',
  ),
);

/** `Structure.Member` → the enum that its type names. */
function enumsOfTypes(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, structure = '', body = ''] of MODELS.join('\n').matchAll(/export interface (\w+) \{([\s\S]*?)\n\}/g)) {
    for (const [, member = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: (\w+)( \||;)/gm)) {
      if (typeof (sdk as Record<string, unknown>)[type] === 'object') found[`${structure}.${member}`] = type;
    }
  }
  return found;
}

test('every member of these structures that the types give an enum is checked against it', () => {
  const types = enumsOfTypes();
  const expected = Object.entries(types).filter(([name]) => Object.hasOwn(ENUMS, name.split('.')[0] ?? ''));
  expect(expected.length).toBeGreaterThan(10);
  const checked = Object.entries(ENUMS).flatMap(([structure, members]) =>
    Object.entries(members).map(([member, values]) => [`${structure}.${member}`, values]),
  );
  expect(Object.fromEntries(checked)).toEqual(
    Object.fromEntries(expected.map(([name, type]) => [name, (sdk as Record<string, unknown>)[type]])),
  );
});
