import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findKafka } from '../../../local/kafka/find-kafka.ts';
import { placeForFakeJava, type FakeJava } from '../fake-java.ts';

let java: FakeJava;
beforeEach(async () => {
  java = await placeForFakeJava();
  await mkdir(join(java.place, 'jars'));
});
afterEach(() => java.remove());

const finish = () => writeFile(join(java.place, 'stamp'), '1');

test('Kafka is found where the set-up has ended', async () => {
  const program = await java.install('17.0.15');
  await finish();
  expect(await findKafka(java.place)).toEqual({ java: program, jars: join(java.place, 'jars') });
});

test('a set-up that broke off, or never was, is said with what to do', async () => {
  await java.install('17.0.15');
  expect(await findKafka(java.place)).toEqual({
    missing: 'Install Maven (apt-get install maven), then run npm run setup:kafka',
  });
});

test('another Java is none, and comes first', async () => {
  await java.install('21.0.2');
  expect(await findKafka(java.place)).toEqual({
    missing:
      'Install Java 17 (apt-get install openjdk-17-jre-headless), then install Maven (apt-get install maven), ' +
      'then run npm run setup:kafka',
  });
});
