import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type } from './terminal.ts';

let directory: string;
let store: string;
let request: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'usage-test-'));
  store = join(directory, 'store');
  request = join(directory, 'request.json');
  await writeFile(
    request,
    JSON.stringify({
      dataset: 'employees',
      consumer: 'mailer',
      source: { engine: 'postgres', connection: 'env:NOT_SET_IN_TESTS', tables: ['hr.*'] },
      target: { engine: 'postgres', connection: 'env:NOR_IS_THIS' },
    }),
  );
});
afterAll(() => rm(directory, { recursive: true }));

/** Each as somebody might type it; REQUEST and STORE stand for paths. */
const WRONG: [story: string, args: string, stdin: string, message: RegExp][] = [
  ['an unknown command', 'rnu x', '', /unknown command 'rnu'.*Did you mean run\?/],
  ['an unknown option', 'run REQUEST --locl', '', /unknown option '--locl'.*Did you mean --local\?/],
  ['an option without its value', 'run REQUEST --load-id', '', /'--load-id <id>' argument missing/],
  ['a missing FILE', 'run --local', '', /missing required argument 'file'/],
  ['one argument too many', 'status a b --local', '', /too many arguments/],
  ['a file that does not exist', 'run no/such.json --local', '', /FILE \("no\/such\.json"\): there is no such file/],
  ['a directory for a file', 'plan cli --local', '', /FILE \("cli"\): this is a directory/],
  ['malformed JSON', 'run - --local', '{"dataset": employees}', /request: it is not JSON: at line 1, column 13/],
  ['nothing at all', 'run - --local', '', /request: it is not JSON/],
  ['an array', 'run - --local', '[]', /request: it is an array, but must be an object/],
  ['a string', 'plan - --local', '"employees"', /request: it is a string, but must be an object/],
  ['an unknown field', 'run - --local', '{"datset": "employees"}', /datset/],
  ['a loadId that is none', 'run REQUEST --local --load-id 1st', '', /loadId \("1st"\)/],
  ['a store without --local', 'run REQUEST --store STORE', '', /--store \(.*\): is only for --local/],
  ['a stack with --local', 'run REQUEST --local --stack a', '', /--stack \("a"\): is not for --local/],
  ['a region with --local', 'watch a --local --region b', '', /--region \("b"\): is not for --local/],
  ['leaving a load on this machine', 'run REQUEST --local --detach', '', /--detach: a load on this machine ends with/],
  [
    'a load that nobody knows',
    'status nobody --local --store STORE',
    '',
    /load \("nobody"\): there is no such load in/,
  ],
  ['no report of a load nobody knows', 'report nobody --local --store STORE', '', /there is no such load/],
  ['nothing to watch', 'watch nobody --local --store STORE', '', /there is no such load/],
  ['nothing to acknowledge', 'acknowledge nobody --local --store STORE', '', /there is no such load/],
  ['no loadId to acknowledge', 'acknowledge 1st --local', '', /loadId \("1st"\)/],
  ['nothing to tear down', 'tear-down nobody --local --store STORE', '', /there is no such load/],
];

const argsOf = (line: string) => line.split(' ').map((word) => ({ REQUEST: request, STORE: store })[word] ?? word);

describe('what is wrong is said in one line, and nothing is made', () => {
  test.each(WRONG)('%s', async (_story, line, stdin, message) => {
    const said = await type(argsOf(line), stdin);
    expect(said.stderr).toMatch(message);
    expect(said.stderr).toMatch(/^initial-load: .*\n$/);
    expect({ status: said.status, stdout: said.stdout }).toEqual({ status: 2, stdout: '' });
    expect(await readdir(directory)).toEqual(['request.json']);
  });

  test('a connection that is not set is named', async () => {
    const said = await type(argsOf('run REQUEST --local --store STORE'));
    expect(said.stderr).toMatch(/initial-load: source\.connection.*NOT_SET_IN_TESTS/);
    expect(said.status).toBe(2);
  });

  test('with --json it is one document on standard output', async () => {
    const { status, stdout } = await type(argsOf('run REQUEST --locl --json'));
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'FAILED',
      failure: { error: 'RequestError', cause: expect.stringContaining('--locl') },
    });
  });
});

test('help is not an error and names the commands and exit statuses', async () => {
  const { status, stdout, stderr } = await type(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const word of ['demo', 'plan', 'run', 'watch', 'status', 'report', 'acknowledge', 'tear-down', 'Exit status']) {
    expect(stdout).toContain(word);
  }
});

test('without a command the help is shown and the usage is wrong', async () => {
  const { status, stdout, stderr } = await type([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('Usage: initial-load');
});
