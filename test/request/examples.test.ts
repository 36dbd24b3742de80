import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { requestJsonSchema } from '../../src/request/json-schema.ts';
import { parseRequestText } from '../../src/request/parse.ts';

const root = new URL('../../', import.meta.url);
const examples = readdirSync(new URL('examples/', root)).filter((file) => file.endsWith('.json'));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(0);
});

test.each(examples)('the example %s is a right request', (file) => {
  const request = parseRequestText(readFileSync(new URL(`examples/${file}`, root), 'utf8'));
  expect(request.version).toBe(1);
});

test('the published schema is the one that the code checks (npm run schema writes it anew)', () => {
  const published: unknown = JSON.parse(readFileSync(new URL('schemas/load-request.schema.json', root), 'utf8'));
  expect(published).toEqual(requestJsonSchema());
});
