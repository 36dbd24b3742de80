import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/request/parse.ts';
import { loadRequestSchema, STITCH_CONDITIONS } from '../../src/request/schema.ts';
import { stitchPointOf } from '../../src/verify/stitch-point.ts';
import { readDocument } from './document.ts';

const { firstCells, example } = await readDocument('docs/strategies/kafka.md');

describe('what is said of topics', () => {
  test('every setting of a request is explained, and no other', () => {
    expect(firstCells('A request').toSorted()).toEqual(
      Object.keys(loadRequestSchema.shape.kafka.unwrap().shape).toSorted(),
    );
  });

  test('every condition of the stitch point is explained, and no other', () => {
    const { conditions } = stitchPointOf(parseRequest(example('A request')), {}, []);
    const stated = conditions.map(({ condition }) => condition);
    expect(stated).toEqual(expect.arrayContaining([...STITCH_CONDITIONS]));
    expect(firstCells('The stitch point').toSorted()).toEqual(stated.toSorted());
  });

  test('the example is a request', () => {
    expect(parseRequest(example('A request')).strategy).toBe('kafka-topic');
  });
});
