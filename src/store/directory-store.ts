import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { assertDocumentPath } from './document-path.ts';
import type { LoadStore } from './load-store.ts';

/** A file that is being written. No document's name begins with a dot, so lists can leave these out. */
const UNFINISHED = '.unfinished-';

/** The load store on one machine: a file for each document, readable by its owner only. */
export class DirectoryStore implements LoadStore {
  readonly address: string;

  constructor(directory: string) {
    this.address = resolve(directory);
  }

  async read(path: string): Promise<unknown> {
    const text = await unlessMissing(readFile(this.file(path), 'utf8'));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Error(`${this.file(path)} is not JSON: it was changed by something else than this program.`);
    }
  }

  async write(path: string, document: unknown): Promise<void> {
    const file = this.file(path);
    await this.prepare(file, document, (unfinished) => rename(unfinished, file));
  }

  async create(path: string, document: unknown): Promise<boolean> {
    const file = this.file(path);
    try {
      // Unlike opening with O_EXCL, a link shows the document complete or not at all, whenever this process is killed.
      await this.prepare(file, document, (unfinished) => link(unfinished, file));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await rm(this.file(path), { force: true });
  }

  async list(prefix: string): Promise<string[]> {
    assertDocumentPath(`${prefix}x`);
    const folder = resolve(this.address, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = (await unlessMissing(readdir(folder, { recursive: true, withFileTypes: true }))) ?? [];
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
      .map((entry) => relative(this.address, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((path) => path.startsWith(prefix))
      .sort();
  }

  private file(path: string): string {
    assertDocumentPath(path);
    return join(this.address, path);
  }

  /** Writes the document beside its place, lets `publish` put it there, and leaves no unfinished file behind. */
  private async prepare(
    file: string,
    document: unknown,
    publish: (unfinished: string) => Promise<void>,
  ): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const unfinished = join(dirname(file), `${UNFINISHED}${randomUUID()}`);
    try {
      const handle = await open(unfinished, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(document, undefined, 2)}\n`);
        // Without it a power cut can leave the new name with nothing in it: a lock or a state that nobody can read.
        await handle.sync();
      } finally {
        await handle.close();
      }
      await publish(unfinished);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
