import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';

let kafka: TestKafka;
let directory: string;
beforeAll(async () => (kafka = await openTestKafka()));
afterAll(() => kafka.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-test-'));
  // The server's user, who is another one when this runs as root, must find its way.
  await chmod(directory, 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function demo(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, TMPDIR: directory, ...environment };
  return promisify(execFile)(process.execPath, ['cli/main.ts', 'demo', '--strategy', 'kafka-topic', ...args], { env });
}

test('the demo through Kafka feeds topics, waits until the mailer has read them, and removes them', async () => {
  const { stdout, stderr } = await demo(['--json'], { KAFKA_BROKERS: kafka.server.brokers });
  const result = JSON.parse(stdout) as LoadResult;
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', plan: { strategy: 'kafka-topic' } });
  expect(result.tables.map(({ source, targetRows, verified }) => [source, targetRows, verified])).toEqual([
    ['hr.department_employees', 60_000, true],
    ['hr.departments', 8, true],
    ['hr.employees', 60_000, true],
    ['hr.salaries', 180_000, true],
    ['hr.titles', 80_000, true],
  ]);
  expect(result.topics!.flatMap(({ partitions }) => partitions).reduce((sum, { rows }) => sum + rows, 0)).toBe(380_008);
  expect(stderr).toContain('The mailer has read 380,008 rows');
  expect(await kafka.admin.listTopics()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
}, 300_000);

test('without Java and brokers the demo says in one line what to do, and starts nothing', async () => {
  const failure: unknown = await demo([], { JAVA_HOME: '/nowhere', KAFKA_BROKERS: '' }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 2, stdout: '' });
  const { stderr } = failure as { stderr: string };
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/Install Java 17.*KAFKA_BROKERS=localhost:9092/);
  expect(await readdir(directory)).toEqual([]);
});
