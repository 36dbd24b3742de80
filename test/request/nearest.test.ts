import { expect, test } from '@jest/globals';
import { nearest } from '../../src/request/nearest.ts';

const fields = ['connection', 'tables', 'engine', 'ifNotEmpty', 'is', 'where'];

test.each([
  ['conection', 'connection'],
  ['conenction', 'connection'],
  ['table', 'tables'],
  ['if_not_empty', 'ifNotEmpty'],
  ['IFNOTEMPTY', 'ifNotEmpty'],
  ['wher', 'where'],
  ['iz', 'is'],
])('%s was meant as %s', (written, meant) => {
  expect(nearest(written, fields)).toBe(meant);
});

test.each(['colour', 'x', '', 'password'])('%j is like none of them', (written) => {
  expect(nearest(written, ['connection', 'tables'])).toBeUndefined();
});
