import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { MovingTable, randomFrom } from './moving-table.ts';

const SEED = 20_261_122;
const KILLS = 50;
const KILLS_A_LOAD = 7;
/** On a machine so fast that most processes end before their moment comes: then it is the seed that needs a look. */
const MOST_LOADS = 40;
/** Moments for killing lie within the time that a load takes here from begin to end. */
const FIRST_LIFE_MILLISECONDS = 1_600;

const SCHEMA = `
  create schema hr;
  create table hr.employees (id int primary key, email text not null unique, note text);
  create table hr.contracts (id int primary key, employee int not null references hr.employees, pay numeric(10, 2));
  create table hr.log (line text);`;
const ROWS = 6_000;
const FILL = `
  insert into hr.employees select g, 'e' || g || '@example.com', repeat('ü', 20) from generate_series(1, ${ROWS}) g;
  insert into hr.contracts select g, g, g / 7.0 from generate_series(1, ${ROWS}) g;
  insert into hr.log select 'line ' || g % 50 from generate_series(1, 3000) g;
  analyze;`;

describe('a load that is killed', () => {
  const databases = openTestDatabases();
  let source: TestDatabase;
  let target: TestDatabase;
  let directory: string;
  let running: ChildProcess[] = [];

  beforeEach(async () => {
    [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
    await source.query(SCHEMA + FILL);
    await target.query(SCHEMA);
    directory = await mkdtemp(join(tmpdir(), 'initial-load-killed-'));
    await writeFile(join(directory, 'request.json'), JSON.stringify(request));
    running = [];
  });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  afterAll(() => databases.dropAll());

  /** The same command every time, as a person would type it. */
  function start(): ChildProcess {
    const main = join(import.meta.dirname, '../../cli/main.ts');
    const words = [
      main,
      'run',
      join(directory, 'request.json'),
      '--local',
      '--store',
      join(directory, 'store'),
      '--load-id',
      'killed',
      '--json',
    ];
    const env = { ...process.env, SOURCE_URL: source.url, TARGET_URL: target.url, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    return child;
  }

  /** Waits until a worker of the load has connected to the target. */
  async function copying(child: ChildProcess): Promise<void> {
    while (child.exitCode === null) {
      const workers = await target.query(
        `select from pg_stat_activity where datname = current_database() and application_name like 'il killed s1 w%'`,
      );
      if (workers.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async function expectLoaded(): Promise<void> {
    expect(await linesOf(target)).toEqual(await linesOf(source));
    const left = await target.query(`select relname from pg_class where relname like 'il-%'`);
    expect(left).toEqual([]);
    const keys = await target.query(`select conname from pg_constraint where contype = 'f' and convalidated`);
    expect(keys).toEqual([{ conname: 'contracts_employee_fkey' }]);
  }

  test(`goes on with the same command, killed at ${KILLS} seeded moments while others write`, async () => {
    const random = randomFrom(SEED);
    let [killed, loads] = [0, 0];
    let lifeMilliseconds = FIRST_LIFE_MILLISECONDS;
    for (; killed < KILLS && loads < MOST_LOADS; loads += 1) {
      const moving = new MovingTable(source, randomFrom(SEED + loads), ROWS);
      const writing = moving.write();
      for (let kill = 0; kill < KILLS_A_LOAD; kill += 1) {
        const child = start();
        const [begun, ended] = [Date.now(), end(child)];
        const moment = setTimeout(() => child.kill('SIGKILL'), random() * lifeMilliseconds);
        killed += (await ended).signal === 'SIGKILL' ? 1 : 0;
        clearTimeout(moment);
        if (child.exitCode === null) continue;
        lifeMilliseconds = Date.now() - begun;
        if (child.exitCode === 0) break;
      }
      const last = await end(start());
      moving.stop();
      await writing;
      if (last.status !== 0 && !/is not empty/.test(last.output))
        throw new Error(`The load ended with ${last.status}: ${last.errors}${last.output}`);
      await moving.expectCopiedInto(target);
      await expectLoaded();
      await target.query('truncate hr.employees, hr.contracts, hr.log');
    }
    console.log(`${killed} kills in ${loads} loads`);
    expect(killed).toBeGreaterThanOrEqual(KILLS);
  }, 600_000);

  test('stopped past its fence and continued after another took over, writes nothing more', async () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 4; round += 1) {
      const stopped = start();
      const stoppedEnd = end(stopped);
      await copying(stopped);
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      stopped.kill('SIGSTOP');
      const second = await end(start());
      const rows = await linesOf(target);
      stopped.kill('SIGCONT');
      const first = await stoppedEnd;
      if (first.status === 0) expect(second.output).toMatch(/is not empty/);
      else if (second.status !== 0)
        throw new Error(
          `The second ended with ${second.status}: ${second.errors}${JSON.stringify(JSON.parse(second.output || '{}').failure)}`,
        );
      expect(await linesOf(target)).toEqual(rows);
      await expectLoaded();
      await target.query('truncate hr.employees, hr.contracts, hr.log');
    }
  }, 300_000);
});

const request = {
  dataset: 'hr',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['hr.employees', 'hr.contracts', 'hr.log'] },
  target: { engine: 'postgres', connection: 'env:TARGET_URL' },
  limits: { maxSourceConnections: 2 },
  direct: { chunkRows: 150 },
  onFailure: 'keep',
};

async function end(
  child: ChildProcess,
): Promise<{ status: number | null; signal: NodeJS.Signals | null; output: string; errors: string }> {
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (block: Buffer) => (output += block.toString()));
  child.stderr?.on('data', (block: Buffer) => (errors += block.toString()));
  return new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal, output, errors })));
}

/** The keyless table, which nobody writes to: every line as often as it is there. */
function linesOf(database: TestDatabase): Promise<unknown[]> {
  return database.query('select line, count(*) from hr.log group by line order by line');
}
