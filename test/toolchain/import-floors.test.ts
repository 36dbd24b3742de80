import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Files with one import each, and the rule of the linter that must refuse it (or none). */
const IMPORTS: { name: string; file: string; text: string; refused: string | undefined }[] = [
  { name: 'down one floor', file: 'src/survey/a.ts', text: `import '../databases/address.ts';`, refused: undefined },
  { name: 'down to the ground', file: 'src/load/direct/a.ts', text: `import '../../errors.ts';`, refused: undefined },
  {
    name: 'a strategy to the contract above it',
    file: 'src/load/direct/b.ts',
    text: `import '../strategy.ts';`,
    refused: undefined,
  },
  {
    name: 'up a floor',
    file: 'src/store/a.ts',
    text: `import '../load/registry.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'up out of src',
    file: 'src/load/direct/c.ts',
    text: `import '../../../functions/plan.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'types of the floors above, for another file on the ground',
    file: 'src/model.ts',
    text: `import type { A } from './store/a.ts';\nexport type B = A;`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'from the ground',
    file: 'src/step.ts',
    text: `import './store/documents.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'to a neighbour on the same floor',
    file: 'src/verify/a.ts',
    text: `import '../target/prepare.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'a handler to the command line',
    file: 'functions/a.ts',
    text: `import '../cli/main.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'one strategy to another',
    file: 'src/load/direct/d.ts',
    text: `import '../dms/fit.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'one strategy to another, also from a folder of its own',
    file: 'src/load/dms/run/d.ts',
    text: `import '../../direct/fit.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'among the folders of one strategy',
    file: 'src/load/dms/run/f.ts',
    text: `import '../resources/made.ts';`,
    refused: undefined,
  },
  {
    name: 'one engine to another',
    file: 'src/databases/mysql/a.ts',
    text: `import '../postgres/types.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'the choice to a database',
    file: 'src/plan/choose.ts',
    text: `import '../databases/postgres/connect.ts';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'the choice to an SDK',
    file: 'src/plan/choose-strategy.ts',
    text: `import '@aws-sdk/client-s3';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'the comparison to a driver',
    file: 'src/verify/compare.ts',
    text: `import 'pg';`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'types of the floors above, for the services',
    file: 'src/services.ts',
    text: `import type { A } from './store/a.ts';\nexport type B = A;`,
    refused: undefined,
  },
  {
    name: 'an SDK client outside src/aws',
    file: 'src/notify/a.ts',
    text: `import { SNSClient } from '@aws-sdk/client-sns';\nexport const a = SNSClient;`,
    refused: 'eslint(no-restricted-imports)',
  },
  {
    name: 'an SDK command outside src/aws',
    file: 'src/notify/b.ts',
    text: `import { PublishCommand } from '@aws-sdk/client-sns';\nexport const a = PublishCommand;`,
    refused: undefined,
  },
  {
    name: 'the environment in a step',
    file: 'src/load/direct/e.ts',
    text: `export const region = process.env['AWS_REGION'];`,
    refused: 'node(no-process-env)',
  },
  {
    name: 'the environment in the configuration',
    file: 'src/config.ts',
    text: `export const region = process.env['AWS_REGION'];`,
    refused: undefined,
  },
];

describe('the linter keeps imports going down', () => {
  let folder: string;
  let refusals: Map<string, string[]>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-floors-'));
    await cp('oxlint.config.ts', join(folder, 'oxlint.config.ts'));
    await cp('tsconfig.json', join(folder, 'tsconfig.json'));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    for (const { file, text } of IMPORTS) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${text}\n`);
    }
    refusals = await lint(folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(IMPORTS)('$name: $file', ({ file, refused }) => {
    const rules = (refusals.get(file) ?? []).filter((rule) => /no-restricted-imports|no-process-env/.test(rule));
    expect(rules).toEqual(refused === undefined ? [] : [refused]);
  });
});

/** The rules that each file breaks, as `plugin(rule)`. */
function lint(folder: string): Promise<Map<string, string[]>> {
  return new Promise((resolved, rejected) => {
    execFile(
      join(folder, 'node_modules/.bin/oxlint'),
      ['--format', 'json', 'src', 'functions'],
      { cwd: folder },
      (error, stdout) => {
        if (!stdout.startsWith('{')) return rejected(error ?? new Error(stdout));
        const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
        const byFile = Map.groupBy(diagnostics, ({ filename }) => filename);
        return resolved(
          new Map([...byFile].map(([file, found]) => [file, [...new Set(found.map(({ code }) => code))]])),
        );
      },
    );
  });
}
