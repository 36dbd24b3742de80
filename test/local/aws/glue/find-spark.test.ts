import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findSpark } from '../../../../local/aws/glue/find-spark.ts';

let place: string;
let path: string | undefined;
let home: string | undefined;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'find-spark-test-'));
  [path, home] = [process.env['PATH'], process.env['JAVA_HOME']];
  delete process.env['JAVA_HOME'];
});
afterEach(async () => {
  process.env['PATH'] = path;
  if (home !== undefined) process.env['JAVA_HOME'] = home;
  await rm(place, { recursive: true });
});

/** A program `java` that says what Java's own says, found before any other. */
async function installJava(version: string): Promise<void> {
  await mkdir(join(place, 'java'));
  const said = `echo 'openjdk version "${version}" 2025-04-15' >&2`;
  await writeFile(join(place, 'java/java'), `#!/bin/sh\n${said}\n`, { mode: 0o755 });
  process.env['PATH'] = `${join(place, 'java')}:${path}`;
}

async function installSpark(): Promise<string> {
  const pyspark = join(place, 'lib/python3.11/site-packages/pyspark');
  await mkdir(join(pyspark, 'bin'), { recursive: true });
  await writeFile(join(pyspark, 'bin/spark-submit'), '');
  return pyspark;
}
const finish = () => writeFile(join(place, 'stamp'), '1');

test('Spark is found where the set-up has ended', async () => {
  await installJava('17.0.15');
  const pyspark = await installSpark();
  await finish();
  expect(await findSpark(place)).toEqual({
    home: pyspark,
    python: join(place, 'bin/python'),
    drivers: join(place, 'jars'),
  });
});

test('a set-up that broke off, or never was, is said with what to do', async () => {
  await installJava('17.0.15');
  await installSpark();
  expect(await findSpark(place)).toEqual({
    missing: 'Install Python 3 (apt-get install python3-venv), then run npm run setup:spark',
  });
});

test('another Java is none', async () => {
  await installJava('21.0.2');
  await installSpark();
  await finish();
  expect(await findSpark(place)).toEqual({ missing: 'Install Java 17 (apt-get install openjdk-17-jre-headless)' });
});
