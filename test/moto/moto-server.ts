import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** moto's server on the loopback address. Gone after stop(), and after the end of this process. */
export interface MotoServer {
  endpoint: string;
  stop(): void;
}

const START_SECONDS = 60;
/** Ends the server as soon as standard input is closed: by stop(), or by our own end. */
const SUPERVISOR = '"$0" "$@" >/dev/null 2>&1 & cat >/dev/null; kill $!';

/** @throws Error when MOTO_SERVER doesn't name the program */
export async function startMoto(): Promise<MotoServer> {
  const program = process.env['MOTO_SERVER'];
  if (program === undefined || !(await isThere(program))) {
    throw new Error(
      'These tests need moto, an implementation of AWS in Python: python3 -m venv .venv && ' +
        ".venv/bin/pip install 'moto[server]', then set MOTO_SERVER to the path of .venv/bin/moto_server.",
    );
  }
  const port = await freePort();
  const server = spawn('sh', ['-c', SUPERVISOR, program, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = () => void server.stdin.end();
  const until = Date.now() + START_SECONDS * 1_000;
  while (!(await answers(endpoint))) {
    if (Date.now() < until) await sleep(100);
    else {
      stop();
      throw new Error(`${program} did not answer within ${START_SECONDS} seconds.`);
    }
  }
  return { endpoint, stop };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/data.json`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
