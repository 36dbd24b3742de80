import { keepHeapSmall } from './small-heap.ts';

keepHeapSmall();
const { runCommandLine } = await import('./command-line.ts');

// A reader that has left (`| head`) ends the telling, not the load.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: () => new Date(),
});
