import { chmod, mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux keeps what lies here in memory. */
const MEMORY = '/dev/shm';
/** More than a run ever holds. */
const ROOM_BYTES = 4 * 2 ** 30;

/**
 * Hundreds of databases and thousands of documents are written and thrown away, which costs a disk much time: so temporary
 * files lie in memory, where a machine has room. Call it before anything asks for their directory.
 */
export async function keepFilesInMemory(): Promise<void> {
  if (await hasRoomInMemory()) process.env['TMPDIR'] = MEMORY;
}

/** Docker's containers have 64 MiB, in which no program can lie that a test wants to start: there the disk has to do. */
async function hasRoomInMemory(): Promise<boolean> {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '');
  const [, , , options] =
    mounts
      .split('\n')
      .map((line) => line.split(' '))
      .find(([, path]) => path === MEMORY) ?? [];
  if (options === undefined || options.split(',').includes('noexec')) return false;
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize >= ROOM_BYTES;
}

/**
 * Temporary files of a whole run, and its compiled code, since half of what a command line does that is started and killed
 * is to compile itself.
 * @param directory is gone after the run, whatever ends it
 */
export async function useScratch(directory: string): Promise<void> {
  const scratch = join(directory, 'scratch');
  await mkdir(scratch);
  // Servers run as users of their own where the tests run as root.
  await chmod(directory, 0o711);
  await chmod(scratch, 0o755);
  process.env['TMPDIR'] = scratch;
  process.env['NODE_COMPILE_CACHE'] = join(scratch, 'node-compile-cache');
}
