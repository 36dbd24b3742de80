import { Command, CommanderError, Option } from 'commander';
import { failureOfError } from '../src/report/failure.ts';
import { STRATEGIES } from '../src/request/schema.ts';
import { answerFailure } from './answer-end.ts';
import { EXIT_STATUS, exitStatusOfError, type ExitStatus } from './exit-status.ts';
import { withPlaceOptions, type PlaceOptions } from './place.ts';
import type { RunOptions } from './run.ts';
import type { DemoOptions } from './demo.ts';
import type { Terminal } from './terminal.ts';

const EXIT_STATUS_HELP = `
Exit status: 0 succeeded; 1 failed or not verified; 2 the request or the usage is wrong;
3 the outcome is unknown, or verified and something could not be torn down.`;
const NOT_ERRORS = new Set(['commander.helpDisplayed', 'commander.version']);

/** Runs one command and answers its exit status. @param args without the program's name */
export async function runCommandLine(args: string[], terminal: Terminal): Promise<ExitStatus> {
  let status: ExitStatus = EXIT_STATUS.succeeded;
  const program = makeProgram(terminal, (command) => async (...given) => {
    status = await command(...given);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return answerUsage(error, args, terminal);
    const failure = failureOfError(error);
    answerFailure(terminal, args.includes('--json'), {}, failure);
    return exitStatusOfError(error);
  }
}

function answerUsage({ code, message }: CommanderError, args: string[], terminal: Terminal): ExitStatus {
  if (NOT_ERRORS.has(code)) return EXIT_STATUS.succeeded;
  // Without any command commander has shown the help, which says it all.
  if (code === 'commander.help') return EXIT_STATUS.wrongRequest;
  const cause = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  const advice = 'See initial-load --help.';
  return answerFailure(
    terminal,
    args.includes('--json'),
    {},
    { error: 'RequestError', cause: `${cause}. ${advice}`, advice },
  );
}

type Act = <Given extends unknown[]>(
  command: (...given: Given) => Promise<ExitStatus>,
) => (...given: Given) => Promise<void>;

function makeProgram(terminal: Terminal, act: Act): Command {
  const program = new Command('initial-load')
    .description('One repeatable, verified initial load for a new consumer: choose, load, prove, hand over, clean up.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: () => {},
    })
    .addHelpText('after', EXIT_STATUS_HELP);
  // A command is imported when it is asked for: none waits for what only another one needs.
  program
    .command('demo')
    .description('load a sample database into another one on this machine; needs no account and no Docker')
    .addOption(new Option('--strategy <name>', 'how to load').choices(['auto', ...STRATEGIES]).default('auto'))
    .addOption(new Option('--dms-mode <mode>', 'what runs the strategy dms').choices(['instance', 'serverless']))
    .option('--json', 'print exactly one JSON document, the result, on standard output')
    .action(act(async (options: DemoOptions) => (await import('./demo.ts')).demo(options, terminal)));
  withPlaceOptions(program.command('plan'))
    .description('say how a request would be loaded and why, and touch nothing')
    .argument('<file>', 'the request, or - for standard input')
    .action(
      act(async (file: string, options: PlaceOptions) => (await import('./plan.ts')).plan(file, options, terminal)),
    );
  withPlaceOptions(program.command('run'))
    .description('load: run again, the same request goes on with the same load')
    .argument('<file>', 'the request, or - for standard input')
    .option('--load-id <id>', 'a letter, then letters, digits and hyphens, at most 40 (default: made from the request)')
    .option('--detach', 'start the load and leave; not with --local')
    .action(act(async (file: string, options: RunOptions) => (await import('./run.ts')).run(file, options, terminal)));
  for (const [name, description, command] of commandsOnLoads) {
    withPlaceOptions(program.command(name))
      .description(description)
      .argument('<id>', 'the loadId')
      .action(act((loadId: string, options: PlaceOptions) => command(loadId, options, terminal)));
  }
  return program;
}

type CommandOnLoad = (loadId: string, options: PlaceOptions, terminal: Terminal) => Promise<ExitStatus>;
const commandsOnLoads: [name: string, description: string, command: CommandOnLoad][] = [
  ['watch', 'follow a load that runs, to its end', async (...given) => (await import('./watch.ts')).watch(...given)],
  ['status', 'where a load stands, in a few lines', async (...given) => (await import('./status.ts')).status(...given)],
  [
    'report',
    'the full result of a load that has ended',
    async (...given) => (await import('./report.ts')).report(...given),
  ],
  [
    'acknowledge',
    'say that the consumer has read what was loaded, where the load waits for that',
    async (...given) => (await import('./acknowledge.ts')).acknowledge(...given),
  ],
  [
    'tear-down',
    'end a load and remove everything of it; also what a failed one kept',
    async (...given) => (await import('./tear-down.ts')).tearDown(...given),
  ],
];
