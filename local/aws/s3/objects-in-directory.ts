import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Objects } from './objects.ts';

/** Where objects are written before they get their names, so that nobody reads half of one. */
const UPLOADS = '.uploads';

/**
 * Objects as files, `<directory>/<bucket>/<key>`, so that programs that know no HTTP share them: Spark reads and writes the
 * same ones. A directory that holds none is no object, as in S3. What metadata is given is known to this process only.
 */
export function objectsInDirectory(directory: string): Objects {
  const metadata = new Map<string, Record<string, string>>();
  const fileOf = (path: string) => {
    if (path.split('/').some((part) => ['', '.', '..', UPLOADS].includes(part))) {
      throw new Error(`This stand-in keeps objects as files, and ${path} can't be the name of one.`);
    }
    return join(directory, path);
  };
  return {
    async read(path) {
      const file = fileOf(path);
      const found = await orNone(Promise.all([readFile(file), stat(file)]));
      if (found === undefined) return undefined;
      const [body, { mtime }] = found;
      return { body, metadata: metadata.get(path) ?? {}, modifiedAt: mtime };
    },
    async write(path, object, { onlyIfNone }) {
      const [file, upload] = [fileOf(path), join(directory, UPLOADS, randomUUID())];
      await Promise.all([dirname(file), dirname(upload)].map((folder) => mkdir(folder, { recursive: true })));
      await writeFile(upload, object.body);
      if (onlyIfNone && !(await linkIfNone(upload, file))) return false;
      if (!onlyIfNone) await rename(upload, file);
      metadata.set(path, object.metadata);
      return true;
    },
    async remove(path) {
      const file = fileOf(path);
      await rm(file, { force: true });
      metadata.delete(path);
      await removeEmpty(dirname(file), directory);
    },
    async list(prefix) {
      // Only where objects of this prefix can lie.
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const entries = await orNone(readdir(join(directory, folder), { recursive: true, withFileTypes: true }));
      const files = (entries ?? [])
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      const paths = files.map((file) => relative(directory, file).replaceAll(sep, '/'));
      return paths.filter((path) => path.startsWith(prefix));
    },
  };
}

async function linkIfNone(upload: string, file: string): Promise<boolean> {
  try {
    await link(upload, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(upload);
  }
}

/** The directory itself, and those above it, as far as they hold nothing. */
async function removeEmpty(folder: string, root: string): Promise<void> {
  for (let each = folder; each.startsWith(root + sep); each = dirname(each)) {
    try {
      await rmdir(each);
    } catch {
      // It holds something, or another removal was faster.
      return;
    }
  }
}

async function orNone<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
