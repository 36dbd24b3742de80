import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { RequestError } from '../errors.ts';
import { assertDocumentPath } from './document-path.ts';
import type { LoadStore } from './load-store.ts';

/** A file that is being written. No document's name begins with a dot, so lists can leave these out. */
const UNFINISHED = '.unfinished-';

/** What a directory answers that can't be used as it is; a full disk, say, is none of these. */
const UNUSABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ELOOP', 'ENAMETOOLONG']);

/** The load store on one machine: a file for each document, readable by its owner only. */
export class DirectoryStore implements LoadStore {
  readonly address: string;

  constructor(directory: string) {
    this.address = resolve(directory);
  }

  async read(path: string): Promise<unknown> {
    const text = await this.usable(unlessMissing(readFile(this.file(path), 'utf8')));
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

  /** Folders that it leaves empty go too, but not the store's own directory. */
  async remove(path: string): Promise<void> {
    const file = this.file(path);
    await this.usable(unlessMissing(rm(file, { force: true })));
    for (let folder = dirname(file); folder.startsWith(this.address + sep); folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch {
        return;
      }
    }
  }

  async list(prefix: string): Promise<string[]> {
    assertDocumentPath(`${prefix}x`);
    const folder = resolve(this.address, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = (await this.usable(unlessMissing(readdir(folder, { recursive: true, withFileTypes: true })))) ?? [];
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

  private async usable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined || !UNUSABLE.has(code)) throw error;
      throw new RequestError(
        {
          field: 'load store',
          value: this.address,
          wrong: `this directory cannot be used (${code})`,
          advice: 'Name a directory that you may write to, or that does not exist yet, with --store',
        },
        { cause: error },
      );
    }
  }

  /** Writes the document beside its place, lets `publish` put it there, and leaves no unfinished file behind. */
  private async prepare(
    file: string,
    document: unknown,
    publish: (unfinished: string) => Promise<void>,
  ): Promise<void> {
    const unfinished = join(dirname(file), `${UNFINISHED}${randomUUID()}`);
    const handle = await this.usable(openInFolder(unfinished));
    try {
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

const TRIES = 100;

/** While the folder is made, and before there is a file in it, another process may remove it as empty. */
async function openInFolder(file: string): Promise<FileHandle> {
  for (let tried = 1; ; tried += 1) {
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      return await open(file, 'wx', 0o600);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || tried === TRIES) throw error;
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
