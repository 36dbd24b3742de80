import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { ADVISED_FAULTS } from '../../src/load/dms/advice.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { loadRequestSchema } from '../../src/request/schema.ts';

const text = await readFile('docs/strategies/dms.md', 'utf8');
const parameters = await readFile('config/parameters.yml', 'utf8');

describe('what is said of the strategy dms', () => {
  test('everything that has advice in the code is explained, and nothing else', () => {
    expect(firstCells('Troubleshooting').toSorted()).toEqual(ADVISED_FAULTS.toSorted());
  });

  test('every setting of a request is explained, and no other', () => {
    const settings = Object.keys(loadRequestSchema.shape.dms.unwrap().shape);
    expect(firstCells('A request').toSorted()).toEqual(settings.toSorted());
  });

  test('the request that it shows is one', () => {
    const [, example] = /```json\n(.*?)```/s.exec(section('A request')) ?? [];
    expect(parseRequest(JSON.parse(example ?? ''))).toMatchObject({ strategy: 'dms', dms: { mode: 'instance' } });
  });

  test('the parameters that it explains are those of a deployment', () => {
    const explained = firstCells('What the account needs');
    const deployed = [...parameters.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
    expect(deployed.filter((name) => /dms|Replication|SubnetGroup/i.test(name)).toSorted()).toEqual(
      explained.toSorted(),
    );
  });
});

/** What stands in code signs in the first cells of a section's tables. */
function firstCells(heading: string): string[] {
  const cells = [...section(heading).matchAll(/^\| (`[^|]+?) +\|/gm)].map(([, cell]) => cell!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

function section(heading: string): string {
  const found = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`docs/strategies/dms.md has no section "${heading}".`);
  return found;
}
