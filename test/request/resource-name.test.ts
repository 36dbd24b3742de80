import { expect, test } from '@jest/globals';
import { resourceName } from '../../src/request/resource-name.ts';

test('a load finds its resources again by their names', () => {
  expect(resourceName('mailer', 'ranges')).toBe(resourceName('mailer', 'ranges'));
});

test('two loads have different names, even when they differ only in capitals', () => {
  expect(resourceName('Mailer', 'ranges')).not.toBe(resourceName('mailer', 'ranges'));
});

test('the longest name fits a DMS instance and everything wider', () => {
  const name = resourceName('a'.repeat(40), 'k'.repeat(40));
  expect(name).toMatch(/^[a-z](?:-?[a-z0-9])*$/);
  expect(name.length).toBeLessThanOrEqual(63);
});

test.each(['', 'Ranges', '-ranges', 'ranges-', 'a--b', 'a_b', 'k'.repeat(41)])(
  '%j cannot be a kind of resource',
  (kind) => {
    expect(() => resourceName('mailer', kind)).toThrow('cannot end');
  },
);
