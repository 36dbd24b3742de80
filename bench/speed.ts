/**
 * How fast direct copies 3,000,000 employees, beside `psql | psql` and pgcopydb: medians of five interleaved runs on one
 * server. A ratio of 1 is as fast as the rival, 2 twice as fast. Needs psql and pgcopydb.
 */
import { EMPLOYEES, run, setStage, type Stage } from './stage.ts';
import { median, table } from './figures.ts';

const ROWS = Number(process.argv[2] ?? 3_000_000);
const RUNS = 5;

async function main(): Promise<void> {
  const stage = await setStage(ROWS);
  try {
    const seconds: Record<string, number[]> = {};
    const commands = rivals(stage);
    for (let round = 0; round < RUNS; round += 1) {
      for (const [name, command] of Object.entries(commands)) {
        await stage.query(stage.targetUrl, `truncate ${EMPLOYEES} cascade`);
        await stage.query(stage.targetUrl, 'checkpoint');
        (seconds[name] ??= []).push(await command());
        console.error(`${name}: ${seconds[name].at(-1)?.toFixed(2)} s`);
      }
    }
    report(seconds);
  } finally {
    await stage.remove();
  }
}

function rivals(stage: Stage): Record<string, () => Promise<number>> {
  const { sourceUrl, targetUrl } = stage;
  return {
    'direct, 1 worker': async () => (await stage.load(1)).loadAndCountSeconds,
    'direct, 1 worker, whole command': () => timed(() => stage.load(1)),
    'psql | psql': () => timed(() => pipe(sourceUrl, targetUrl, '')),
    'direct, 2 workers': async () => (await stage.load(2)).loadAndCountSeconds,
    'two psql | psql, half each': () =>
      timed(() =>
        Promise.all([
          pipe(sourceUrl, targetUrl, `where id <= ${ROWS / 2}`),
          pipe(sourceUrl, targetUrl, `where id > ${ROWS / 2}`),
        ]),
      ),
    'pgcopydb, 1 job': () => timed(() => pgcopydb(stage, 1)),
    'pgcopydb, 2 jobs': () => timed(() => pgcopydb(stage, 2)),
  };
}

function pipe(from: string, to: string, where: string): Promise<string> {
  const out = `copy (select * from ${EMPLOYEES} ${where}) to stdout (format binary)`;
  const whole = where === '' ? `copy ${EMPLOYEES} to stdout (format binary)` : out;
  const command = `psql -X "$SOURCE" -c "${whole}" | psql -X -q "$TARGET" -c "copy ${EMPLOYEES} from stdin (format binary)"`;
  return run('bash', ['-o', 'pipefail', '-c', command], { SOURCE: from, TARGET: to });
}

async function pgcopydb(stage: Stage, jobs: number): Promise<string> {
  const env = { PGCOPYDB_SOURCE_PGURI: stage.sourceUrl, PGCOPYDB_TARGET_PGURI: stage.targetUrl };
  const filters = `[include-only-table]\n${EMPLOYEES}\n`;
  const script =
    'set -e; dir=$(mktemp -d); trap \'rm -rf "$dir"\' EXIT; printf "%s" "$FILTERS" > "$dir/filters";' +
    ` pgcopydb copy table-data --dir "$dir/work" --filters "$dir/filters" --table-jobs ${jobs} --index-jobs ${jobs}`;
  return run('bash', ['-c', script], { ...env, FILTERS: filters });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

function report(seconds: Record<string, number[]>): void {
  const of = (name: string) => median(seconds[name] ?? []);
  console.log(
    table(
      ['', 'median s', 'from', 'to'],
      Object.entries(seconds).map(([name, all]) => [
        name,
        of(name).toFixed(2),
        Math.min(...all).toFixed(2),
        Math.max(...all).toFixed(2),
      ]),
    ),
  );
  console.log('');
  const ratios: [string, string, string][] = [
    ['direct, 1 worker', 'psql | psql', 'at least 0.90'],
    ['direct, 1 worker, whole command', 'psql | psql', ''],
    ['direct, 2 workers', 'two psql | psql, half each', 'at least 0.85'],
    ['direct, 1 worker', 'pgcopydb, 1 job', 'above 1'],
    ['direct, 2 workers', 'pgcopydb, 2 jobs', 'above 1'],
  ];
  console.log(
    table(
      ['speed of', 'against', 'ratio', 'asked'],
      ratios.map(([ours, theirs, asked]) => [ours, theirs, (of(theirs) / of(ours)).toFixed(2), asked]),
    ),
  );
}

await main();
