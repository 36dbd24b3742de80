import { describe, expect, test } from '@jest/globals';
import { inferSettings } from '../../../src/databases/postgres/debezium-settings.ts';
import { column } from '../../plan/surveys.ts';

const DEFAULTS = { decimals: 'precise', times: 'adaptive', binary: 'bytes' };
const TIME = 'time without time zone';
const COARSE_TIME = 'time(3) without time zone';
const TIMESTAMP = 'timestamp without time zone';

describe('a connector’s settings', () => {
  test.each<[type: string, value: unknown, schema: string | undefined, told: object]>([
    ['numeric(10,2)', undefined, undefined, {}],
    ['numeric(10,2)', null, undefined, {}],
    ['numeric(10,2)', 1.5, undefined, { decimals: 'double' }],
    ['numeric(10,2)', '1.50', undefined, { decimals: 'string' }],
    ['numeric(10,2)', 'AJY=', undefined, { decimals: 'precise' }],
    ['numeric(5,0)', 'DA==', undefined, { decimals: 'precise' }],
    ['numeric(5,0)', '12', undefined, { decimals: 'string' }],
    ['numeric(5,0)', '-1234', undefined, { decimals: 'string' }],
    ['numeric', '1', undefined, { decimals: 'string' }],
    ['numeric(10,2)', 'NAN', undefined, { decimals: 'string' }],
    ['numeric(10,2)', 'NEGATIVE_INFINITY', undefined, { decimals: 'string' }],
    ['numeric', { scale: 0, value: 'AQ==' }, undefined, {}],
    ['numeric', null, 'string', { decimals: 'string' }],
    ['numeric', null, 'double', { decimals: 'double' }],
    ['domain over money', '3.14', undefined, { decimals: 'string' }],
    ['bytea', '3q2+7w==', undefined, { binary: 'base64' }],
    ['bytea', '3q2-7w==', undefined, { binary: 'base64-url-safe' }],
    ['bytea', 'dead', 'bytes', {}],
    ['bytea', 'deadbe', undefined, { binary: 'hex' }],
    ['bytea', 'deadbeef'.repeat(3), undefined, { binary: 'hex' }],
    ['bytea', '', undefined, {}],
    ['date', null, 'org.apache.kafka.connect.data.Date', { times: 'connect' }],
    ['date', 19_782, undefined, {}],
    [COARSE_TIME, 1, 'io.debezium.time.MicroTime', { times: 'adaptive_time_microseconds' }],
    [COARSE_TIME, 86_400_001, undefined, { times: 'adaptive_time_microseconds' }],
    [TIME, 1, 'io.debezium.time.MicroTime', {}],
    [TIME, 45_296_789_123, undefined, {}],
    [TIME, 0, undefined, {}],
    [TIMESTAMP, 1_709_210_096_789_123, undefined, {}],
    [TIMESTAMP, 1_709_210_096_789, 'org.apache.kafka.connect.data.Timestamp', { times: 'connect' }],
    ['timestamp(3) without time zone', 1_709_210_096_789, undefined, {}],
    ['text', '1.50', undefined, {}],
  ])('by a value of %s that is %p, in a schema %p', (type, value, schema, told) => {
    const field = { column: column('c', type), value, ...(schema !== undefined && { schema }) };
    expect(inferSettings([field])).toEqual({ ...DEFAULTS, ...told });
  });

  test.each<[type: string, value: unknown]>([
    ['numeric(5,0)', '1234'],
    ['bytea', 'deadbeef'],
    [TIME, 45_296_789],
    [TIMESTAMP, 1_709_210_096_789],
  ])('are not guessed by a value of %s that is %p, which two of them would write', (type, value) => {
    expect(inferSettings([{ column: column('c', type), value }])).toEqual({
      unclear: `its value of c (${type}) could mean either of two`,
    });
  });
});
