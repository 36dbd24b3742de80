import { Readable, Writable } from 'node:stream';
import { runCommandLine } from '../../cli/command-line.ts';

export interface Said {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command as somebody would who types it, with standard output and standard error in pipes. */
export async function type(args: string[], stdin = ''): Promise<Said> {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const status = await runCommandLine(args, {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    now: () => new Date(),
  });
  return { status, ...written };
}
