import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program with all that it starts, which ends with this process at the latest. */
export interface Group {
  /** Resolves when nothing of it is left. `output` is the end of what it said. */
  readonly ended: Promise<{ status: number | null; output: string[] }>;
  kill(): void;
}

const LINES_KEPT = 200;
/**
 * Runs the program and answers its status. Its standard input stays open as long as somebody holds the other end: when that
 * one closes it, or ends in whatever way, kill -9 included, the whole group is killed.
 */
const SUPERVISE = `
exec 3<&0
"$0" "$@" 3<&- </dev/null &
program=$!
{ cat <&3 >/dev/null; kill -KILL -$$; } &
wait $program`;

export function startGroup(
  program: string,
  args: string[],
  options: { cwd: string; env: Record<string, string | undefined> },
): Group {
  const shell = spawn('sh', ['-c', SUPERVISE, program, ...args], { ...options, detached: true, stdio: 'pipe' });
  const kill = () => void shell.stdin.end();
  const output: string[] = [];
  for (const input of [shell.stdout, shell.stderr]) {
    createInterface({ input }).on('line', (line) => {
      if (line.trim() !== '') output.push(line);
      if (output.length > LINES_KEPT) output.shift();
    });
  }
  shell.stdin.on('error', () => {});
  // The program is over; what it left behind, and the shell's own watch, end now.
  shell.once('exit', kill);
  return { ended: endOf(shell, output), kill };
}

/** `close` comes when everybody has closed what this process reads of them: when nobody is left. */
async function endOf(shell: ReturnType<typeof spawn>, output: string[]) {
  const [status] = (await once(shell, 'close')) as [number | null];
  return { status, output };
}
