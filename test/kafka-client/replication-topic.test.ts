import { describe, expect, test } from '@jest/globals';
import { headerOf, replicationTopic } from '../../src/kafka/replication-topic.ts';

const load = { loadId: 'a-load', dataset: 'hr' };
/** org.apache.kafka.common.internals.Topic: legal signs, 249 of them. */
const LEGAL = /^[a-zA-Z0-9._-]{1,249}$/;

describe('the topic of a table', () => {
  test('is named after dataset, table and load', () => {
    expect(replicationTopic(load, 'hr.employees')).toBe('initial-load.hr.hr.employees.a-load');
  });

  const odd = [
    '"Hr"."Größe"',
    '"my schema".employees',
    'hr.employees$',
    'hr."a.b"',
    '"hr.a".b',
    'hr."a""b"',
    'hr."a/b"',
    'hr."\u{1F600}"',
    `"${'s'.repeat(63)}"."${'t'.repeat(63)}"`,
    `"${'é'.repeat(31)}"."${'é'.repeat(31)}"`,
  ];
  test.each(odd)('of an odd name is one that Kafka takes: %s', (name) => {
    for (const long of [load, { loadId: 'l'.repeat(40), dataset: 'd'.repeat(200) }]) {
      const topic = replicationTopic(long, name);
      expect(topic).toMatch(LEGAL);
      expect(topic.startsWith(`initial-load.${long.dataset}`)).toBe(true);
    }
  });

  test('is no other table’s, though the signs that Kafka refuses are the only difference', () => {
    const names = ['hr."a b"', 'hr."a/b"', 'hr."a_b"', 'hr."aéb"', 'hr."a\u{1F600}b"', 'hr."a__b"'];
    expect(new Set(names.map((name) => replicationTopic(load, name))).size).toBe(names.length);
    const long = { loadId: 'l'.repeat(40), dataset: 'd'.repeat(220) };
    expect(replicationTopic(long, 'hr.employees')).not.toBe(replicationTopic(long, 'hr.departments'));
    expect(replicationTopic(long, 'hr.employees')).not.toBe(
      replicationTopic({ ...long, loadId: 'm'.repeat(40) }, 'hr.employees'),
    );
  });

  test('is no other table’s, though dots stand in names', () => {
    expect(replicationTopic(load, 'hr."a.b"')).not.toBe(replicationTopic(load, '"hr.a".b'));
  });

  test('is no other table’s in Kafka’s own eyes, to which dot and underscore are one in the names of metrics', () => {
    const metric = (topic: string) => topic.replaceAll('.', '_');
    expect(metric(replicationTopic(load, 'hr."a_b"'))).not.toBe(metric(replicationTopic(load, '"hr.a".b')));
    expect(metric(replicationTopic(load, 'hr."a.b"'))).not.toBe(metric(replicationTopic(load, 'hr.a_b')));
    expect(metric(replicationTopic(load, 'hr_a.b'))).not.toBe(metric(replicationTopic(load, 'hr.a_b')));
  });
});

test('a load’s records are known by one header', () => {
  expect(headerOf('a-load', 'row')).toEqual(['initial-load', 'a-load row']);
  expect(headerOf('a-load', 'end')).toEqual(['initial-load', 'a-load end']);
});
