import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findSpark } from '../../../../local/aws/glue/find-spark.ts';
import { placeForFakeJava, type FakeJava } from '../../fake-java.ts';

let java: FakeJava;
beforeEach(async () => {
  java = await placeForFakeJava();
});
afterEach(() => java.remove());

async function installSpark(): Promise<string> {
  const pyspark = join(java.place, 'lib/python3.11/site-packages/pyspark');
  await mkdir(join(pyspark, 'bin'), { recursive: true });
  await writeFile(join(pyspark, 'bin/spark-submit'), '');
  return pyspark;
}
const finish = () => writeFile(join(java.place, 'stamp'), '1');

test('Spark is found where the set-up has ended', async () => {
  await java.install('17.0.15');
  const pyspark = await installSpark();
  await finish();
  expect(await findSpark(java.place)).toEqual({
    home: pyspark,
    python: join(java.place, 'bin/python'),
    drivers: join(java.place, 'jars'),
  });
});

test('a set-up that broke off, or never was, is said with what to do', async () => {
  await java.install('17.0.15');
  await installSpark();
  expect(await findSpark(java.place)).toEqual({
    missing: 'Install Python 3 (apt-get install python3-venv), then run npm run setup:spark',
  });
});

test('another Java is none', async () => {
  await java.install('21.0.2');
  await installSpark();
  await finish();
  expect(await findSpark(java.place)).toEqual({ missing: 'Install Java 17 (apt-get install openjdk-17-jre-headless)' });
});
