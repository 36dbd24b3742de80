#!/usr/bin/env node
// Plain JavaScript that an old Node understands: `npx initial-load` starts with whatever `node` the PATH has. The sources
// need the Node that Lambda uses, which the npm package `node` brings along.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const NEEDED_MAJOR = 24;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  await import('./main.ts');
} else {
  runBundledNode();
}

function runBundledNode() {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const child = spawn(bundledNode(), [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  child.on('error', (error) => giveUp(`${error.message}. Install the dependencies again with npm ci.`));
  child.on('exit', (status, signal) => {
    for (const forwarded of FORWARDED) process.off(forwarded, forward);
    // Ending by the same signal lets the shell see what it would have seen of the program itself.
    if (signal) process.kill(process.pid, signal);
    else process.exit(status);
  });
}

function bundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return giveUp(
      `it needs Node ${NEEDED_MAJOR} and this is ${process.version}. Install the dependencies with npm ci.`,
    );
  }
}

function giveUp(problem) {
  process.stderr.write(`initial-load: ${problem}\n`);
  return process.exit(2);
}
