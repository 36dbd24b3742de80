import { describe, expect, test } from '@jest/globals';
import { ADVISED_FAULTS } from '../../src/load/glue/advice.ts';
import { requestJsonSchema } from '../../src/request/json-schema.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { loadRequestSchema } from '../../src/request/schema.ts';
import { deployedParameters, readDocument } from './document.ts';

const { firstCells, section, example } = await readDocument('docs/strategies/glue.md');
const schema = requestJsonSchema() as {
  properties: { transform: { additionalProperties: { properties: Record<string, unknown> } } };
};
const steps = Object.keys(schema.properties.transform.additionalProperties.properties);

describe('what is said of the strategy glue', () => {
  test('everything that has advice in the code is explained, and nothing else', () => {
    expect(firstCells('Troubleshooting').toSorted()).toEqual(ADVISED_FAULTS.toSorted());
  });

  test('every setting of a request is explained, and no other', () => {
    expect(firstCells('A request').toSorted()).toEqual(
      Object.keys(loadRequestSchema.shape.glue.unwrap().shape).toSorted(),
    );
  });

  test('every step of a transformation is explained, and no other', () => {
    expect(firstCells('Transforming').toSorted()).toEqual([...steps, 'script', 'where'].toSorted());
  });

  test('the request that it shows is one, with every step', () => {
    const request = parseRequest(example('A request'));
    expect(request).toMatchObject({ strategy: 'glue', glue: expect.anything() as unknown });
    expect(Object.keys(request.transform?.['hr.employees'] ?? {}).toSorted()).toEqual(steps.toSorted());
  });

  test('a module has the function that it shows', () => {
    const [, module] = /```python\n(.*?)```/s.exec(section('A module of your own')) ?? [];
    expect(module).toContain('def transform(table: str, rows: DataFrame, spark: SparkSession) -> DataFrame:');
  });

  test('the parameters that it explains are those of a deployment', async () => {
    const ofGlue = (await deployedParameters()).filter((name) => /glue|Target|Script/i.test(name));
    expect(firstCells('What the account needs').toSorted()).toEqual(ofGlue.toSorted());
  });
});
