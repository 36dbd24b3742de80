import { describe, expect, test } from '@jest/globals';
import { ADVISED_FAULTS } from '../../src/load/dms/advice.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { loadRequestSchema } from '../../src/request/schema.ts';
import { deployedParameters, readDocument } from './document.ts';

const { firstCells, example } = await readDocument('docs/strategies/dms.md');

describe('what is said of the strategy dms', () => {
  test('everything that has advice in the code is explained, and nothing else', () => {
    expect(firstCells('Troubleshooting').toSorted()).toEqual(ADVISED_FAULTS.toSorted());
  });

  test('every setting of a request is explained, and no other', () => {
    const settings = Object.keys(loadRequestSchema.shape.dms.unwrap().shape);
    expect(firstCells('A request').toSorted()).toEqual(settings.toSorted());
  });

  test('the request that it shows is one', () => {
    expect(parseRequest(example('A request'))).toMatchObject({ strategy: 'dms', dms: { mode: 'instance' } });
  });

  test('the parameters that it explains are those of a deployment', async () => {
    const ofDms = (await deployedParameters()).filter((name) => /dms|Replication|SubnetGroup/i.test(name));
    expect(firstCells('What the account needs').toSorted()).toEqual(ofDms.toSorted());
  });
});
