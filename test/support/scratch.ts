import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps what lies here in memory. */
const MEMORY = '/dev/shm';
/** More than a run ever holds. Where there is less, as in a container with Docker's own settings, the disk has to do. */
const ROOM_BYTES = 4 * 2 ** 30;

let directory: string | undefined;

/**
 * Gives the whole run a directory of temporary files. Hundreds of databases and thousands of documents are written and
 * thrown away, which costs a disk much time, so it lies in memory where there is room. Node's compile cache lies in it
 * too: half of what a command line does that is started and killed is to compile itself.
 */
export async function makeScratch(): Promise<void> {
  directory = await mkdtemp(join((await hasRoomInMemory()) ? MEMORY : tmpdir(), 'initial-load-tests-'));
  // PostgreSQL's server runs as another user where the tests run as root.
  await chmod(directory, 0o755);
  process.env['TMPDIR'] = directory;
  process.env['NODE_COMPILE_CACHE'] = join(directory, 'node-compile-cache');
}

export async function removeScratch(): Promise<void> {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}

async function hasRoomInMemory(): Promise<boolean> {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize >= ROOM_BYTES;
}
