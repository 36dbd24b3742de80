import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeJava {
  /** A folder for the test. */
  place: string;
  /** A program `java` that says what Java's own says, found before any other. Answers its path. */
  install(version: string): Promise<string>;
  remove(): Promise<void>;
}

/** Without JAVA_HOME, until it is removed. */
export async function placeForFakeJava(): Promise<FakeJava> {
  const place = await mkdtemp(join(tmpdir(), 'fake-java-test-'));
  const before = { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'] };
  delete process.env['JAVA_HOME'];
  return {
    place,
    async install(version) {
      const folder = join(place, 'java');
      await mkdir(folder);
      const said = `echo 'openjdk version "${version}" 2025-04-15' >&2`;
      await writeFile(join(folder, 'java'), `#!/bin/sh\n${said}\n`, { mode: 0o755 });
      process.env['PATH'] = `${folder}:${before.PATH}`;
      return join(folder, 'java');
    },
    async remove() {
      process.env['PATH'] = before.PATH;
      if (before.JAVA_HOME !== undefined) process.env['JAVA_HOME'] = before.JAVA_HOME;
      await rm(place, { recursive: true });
    },
  };
}
