import { defineConfig } from 'oxlint';
import type { OxlintOverride } from 'oxlint';

/**
 * The folders, from the top floor to the bottom one. An import only goes down: never up, never to a neighbour on the
 * same floor. docs/architecture.md says what stands on each floor. test/toolchain/import-floors.test.ts shows that it bites.
 */
const FLOORS = [
  ['cli'],
  ['local'],
  ['functions'],
  ['src/plan', 'src/tear-down'],
  ['src/load'],
  ['src/verify', 'src/target', 'src/report'],
  ['src/survey'],
  ['src/databases', 'src/files', 'src/kafka', 'src/notify', 'src/store'],
  ['src/aws'],
  ['src/request'],
];
/** On the bottom floor too: the files that stand directly in src/. */
const GROUND_FILES = 'src/*.ts';
/** Names the services that every step gets, as types: nothing of it is left when it runs. */
const TYPES_ONLY = 'src/services.ts';
/** Folders whose subfolders (strategies, engines) know nothing of each other. */
const FOLDERS_OF_STRANGERS = ['src/load', 'src/databases'];
/** Decisions are pure: they are given what was measured and import nothing that could measure. */
const PURE_FILES = ['src/plan/choose*.ts', 'src/verify/compar*.ts', 'src/load/*/fit.ts'];
const FOLDERS_WITH_CLIENTS = [
  'src/aws',
  'src/databases',
  'src/kafka',
  'src/notify',
  'src/store',
  'src/survey',
  'src/target',
];

const sdkClients = {
  regex: '^@aws-sdk/client-',
  importNamePattern: 'Client$',
  allowTypeImports: true,
  message: 'Only src/aws makes SDK clients.',
};
const databaseDrivers = {
  regex: '^(pg|pg-.*|mysql2|tedious|oracledb)$',
  message: 'Only src/databases speaks to a database through its driver.',
};
const anyClient = {
  regex: '^(@aws-sdk/.*|@platformatic/kafka|pg|pg-.*|mysql2|tedious|oracledb)$',
  message: 'This file decides, so it imports no client.',
};
/** @param depth how many folders stand between the file and the folder whose subfolders are strangers */
function neighbours(depth: number): Pattern {
  return {
    regex: `^${'\\.\\./'.repeat(depth)}[^./][^/]*/`,
    message: 'A folder here knows nothing of the folders beside it.',
  };
}

/** Matches a relative import that goes into the folder, however deep the importing file stands. */
function into(folder: string) {
  const [parent, child] = folder.split('/');
  return child === undefined ? `^(\\.\\./)+${parent}/` : `^(\\./|(\\.\\./)+)(${parent}/)?${child}/`;
}

function notInto(folders: string[], message: string) {
  return folders.map((folder) => ({ regex: into(folder), message: `${message}: not into ${folder}.` }));
}

function foldersAboveAndBeside(folder: string): string[] {
  const floor = FLOORS.findIndex((folders) => folders.includes(folder));
  return FLOORS.slice(0, floor + 1)
    .flat()
    .filter((other) => other !== folder);
}

type Pattern = { regex: string; message: string; importNamePattern?: string; allowTypeImports?: boolean };
function forbid(files: string[], patterns: Pattern[]): OxlintOverride {
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

function patternsOf(folder: string): Pattern[] {
  return [
    ...notInto(foldersAboveAndBeside(folder), 'An import only goes down'),
    ...(folder === 'src/aws' ? [] : [sdkClients]),
    ...(folder === 'src/databases' || !folder.startsWith('src/') ? [] : [databaseDrivers]),
  ];
}

const floorOverrides = FLOORS.flat().map((folder) => forbid([`${folder}/**/*.ts`], patternsOf(folder)));
const groundPatterns = [
  ...notInto(
    FLOORS.flat().filter((folder) => folder !== 'src/request'),
    'An import only goes down',
  ),
  sdkClients,
  databaseDrivers,
];
const strangerOverrides = FOLDERS_OF_STRANGERS.flatMap((folder) => [
  forbid([`${folder}/*/*.ts`], [...patternsOf(folder), neighbours(1)]),
  // A big one has folders of its own, which know each other.
  forbid([`${folder}/*/*/*.ts`], [...patternsOf(folder), neighbours(2)]),
]);
const pureOverrides = PURE_FILES.map((file) => {
  const folder = file.split('/').slice(0, 2).join('/');
  const clients = notInto(
    FOLDERS_WITH_CLIENTS.filter((other) => other !== folder),
    'This file decides, so it imports no client',
  );
  return forbid(
    [file],
    [...patternsOf(folder), ...clients, anyClient, ...(FOLDERS_OF_STRANGERS.includes(folder) ? [neighbours(1)] : [])],
  );
});

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'jest'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  env: { node: true, es2024: true },
  ignorePatterns: ['.serverless', '.esbuild', 'coverage'],
  rules: {
    // What corrupts or loses data quietly.
    eqeqeq: 'error',
    'no-param-reassign': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-else-return': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'unicorn/prefer-node-protocol': 'error',
    // What keeps the pieces apart.
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'oxc/no-barrel-file': 'error',
    'node/no-process-env': 'error',
    'no-console': 'error',
    'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    // Rows of one connection go one after the other, and a retry waits: loops here await on purpose.
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    // The compiler sees to it: a return type says whether there may be none.
    'typescript/consistent-return': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    // A helper stands beside what it helps, and a copy in a map is meant.
    'unicorn/consistent-function-scoping': 'off',
    'oxc/no-map-spread': 'off',
    // Services and terminals are plain objects of functions, handed on one by one.
    'typescript/unbound-method': 'off',
    'jest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'assert*'] }],
    // Helpers of tests hold assertions too.
    'jest/no-conditional-expect': 'off',
    'jest/no-standalone-expect': 'off',
  },
  overrides: [
    ...floorOverrides,
    forbid([GROUND_FILES], groundPatterns),
    forbid(
      [TYPES_ONLY],
      groundPatterns.map((pattern) => ({ ...pattern, allowTypeImports: true })),
    ),
    ...strangerOverrides,
    ...pureOverrides,
    { files: ['src/config.ts', 'local/aws/environment.ts'], rules: { 'node/no-process-env': 'off' } },
    { files: ['*.config.ts', '*.config.js'], rules: { 'import/no-default-export': 'off' } },
    {
      files: ['cli/**', 'local/**', 'bench/**', 'test/**', 'examples/**', 'functions/lambda.ts'],
      rules: { 'no-console': 'off' },
    },
    // Somebody else's program, with its own way to its settings.
    { files: ['examples/**'], rules: { 'node/no-process-env': 'off' } },
    // Plain JavaScript, for any Node: nothing tells its types.
    { files: ['cli/bin.js'], rules: { 'typescript/no-unsafe-argument': 'off' } },
    {
      files: ['config/esbuild-plugins.cjs'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    // Called by jest, by their path.
    { files: ['test/support/global-*.ts'], rules: { 'import/no-default-export': 'off' } },
    {
      // A driver gives rows as any; the query beside them says what they hold.
      files: ['src/databases/**', 'src/load/direct/**', 'src/target/**', 'src/survey/**', 'src/verify/**', 'local/**'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    {
      files: ['test/**', 'bench/**'],
      rules: {
        'no-unmodified-loop-condition': 'off',
        'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
        'unicorn/prefer-set-has': 'off',
        'typescript/no-unsafe-return': 'off',
        'node/no-process-env': 'off',
        'max-lines': 'off',
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-member-access': 'off',
      },
    },
  ],
});
