import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { DatabaseAddress } from '../../src/databases/address.ts';

/** A way to a database on which a test sees what the tasks of a Spark job write into a staging table. */
export interface WatchedDatabase {
  address: DatabaseAddress;
  /** Called again and again while tasks write, with the bytes that they have sent by now. */
  whileTasksWrite: ((bytes: number) => void) | undefined;
  /** The next transaction of a task that commits has its connection cut before the task hears of it. */
  loseNextCommit(): void;
  /** Transactions of tasks that the server has committed, and those of which the task never heard. */
  commits: { all: number; lost: number };
  stop(): Promise<void>;
}

/** Spark's own words; no other session of a load writes them so. */
const TASK_INSERTS = 'INSERT INTO';
/** What the server says when a transaction has been committed. */
const COMMITTED = 'COMMIT\0';

export async function watchDatabase(database: DatabaseAddress): Promise<WatchedDatabase> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  let isToLose = false;
  const listener = createServer((client) => {
    const server = connect(database.port, database.host);
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    let isTask = false;
    client.on('data', (block: Buffer) => {
      isTask ||= block.includes(TASK_INSERTS);
      if (!isTask) return;
      bytes += block.length;
      watched.whileTasksWrite?.(bytes);
    });
    client.pipe(server);
    server.on('data', (block: Buffer) => {
      const isCommit = isTask && block.includes(COMMITTED);
      if (isCommit) watched.commits.all += 1;
      if (!isCommit || !isToLose) return void client.write(block);
      isToLose = false;
      watched.commits.lost += 1;
      cut();
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const watched: WatchedDatabase = {
    address: { ...database, host: '127.0.0.1', port: (listener.address() as AddressInfo).port },
    whileTasksWrite: undefined,
    loseNextCommit: () => void (isToLose = true),
    commits: { all: 0, lost: 0 },
    async stop() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  return watched;
}
