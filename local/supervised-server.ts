import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A throw-away server in the hands of a process that outlives this one for as long as it takes to clean up. */
export interface SupervisedServer {
  /** Holds everything that the server wrote; gone after stop(), and after the end of this process whatever ended it. */
  directory: string;
  /** Resolves when the supervisor has carried the command out. */
  command(command: string): Promise<void>;
  stop(): Promise<void>;
}

const ATTEMPTS = 3;

/** @param start is called again with other ports when a program has taken one of them between the look for it and its use. */
export async function onFreePorts<Server>(count: number, start: (ports: number[]) => Promise<Server>): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(count);
    try {
      return await start(ports);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error as Error).message.includes('Address already in use')) throw error;
    }
  }
}

/** @param options.supervisor a program that calls supervise() */
export async function startSupervised(options: {
  name: string;
  supervisor: URL;
  orders: unknown;
}): Promise<SupervisedServer> {
  const supervisor = spawn(process.execPath, [fileURLToPath(options.supervisor)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // A supervisor that ended early is reported by what it said, not by the broken pipe.
  supervisor.stdin.on('error', () => {});
  const answers = createInterface({ input: supervisor.stdout })[Symbol.asyncIterator]();
  async function tell(line: string): Promise<{ directory: string }> {
    keepsParentAlive(supervisor, true);
    supervisor.stdin.write(`${line}\n`);
    const answer = await nextAnswer(answers);
    if ('error' in answer) throw new Error(`${options.name} did not start: ${answer.error}`);
    keepsParentAlive(supervisor, false);
    return answer;
  }

  const { directory } = await tell(JSON.stringify(options.orders));
  return {
    directory,
    async command(command) {
      await tell(command);
    },
    async stop() {
      if (supervisor.exitCode !== null) return;
      keepsParentAlive(supervisor, true);
      supervisor.stdin.end();
      await once(supervisor, 'exit');
    },
  };
}

async function nextAnswer(answers: AsyncIterator<string>): Promise<{ directory: string } | { error: string }> {
  const { done, value } = await answers.next();
  if (done === true) return { error: 'the process that supervises it ended without a word.' };
  return JSON.parse(value) as { directory: string } | { error: string };
}

/** A server that merely runs keeps no program alive: a program with nothing else to do ends, and the server after it. */
function keepsParentAlive(supervisor: ChildProcess, yes: boolean): void {
  for (const handle of [supervisor, supervisor.stdin as Socket | null, supervisor.stdout as Socket | null]) {
    if (yes) handle?.ref();
    else handle?.unref();
  }
}

/** All held at once, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(listeners.map((listener) => once(listener, 'listening')));
  const ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
  await Promise.all(
    listeners.map((listener) => {
      listener.close();
      return once(listener, 'close');
    }),
  );
  return ports;
}
