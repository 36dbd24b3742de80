import type { Readable } from 'node:stream';
import type { ProgressStream } from './progress.ts';

/** What a command reads and writes. Results go to standard output, everything else to standard error. */
export interface Terminal {
  stdin: Readable;
  stdout: NodeJS.WritableStream;
  stderr: ProgressStream;
  now(): Date;
}

export function say(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`);
}

/** The lines for a person, or with --json the one document for a program. */
export function answer(terminal: Terminal, json: boolean | undefined, document: unknown, lines: () => string[]): void {
  terminal.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : `${lines().join('\n')}\n`);
}
