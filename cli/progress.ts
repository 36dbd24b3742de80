import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { ShardProgress } from '../src/model.ts';
import { planDocument, progressDocument, type LoadDocuments } from '../src/store/documents.ts';
import { formatCount, formatRows, formatSeconds } from './figures.ts';
import { ProgressMeter, sumFigures, type TableFigures } from './progress-figures.ts';

/** Where progress is shown: standard error. */
export interface ProgressStream extends NodeJS.WritableStream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface Progress {
  /** Reads and draws the last state, and leaves the cursor on a line of its own. */
  stop(): Promise<void>;
}

const PLAIN_LINE_MILLISECONDS = 5_000;

/**
 * Shows how far each table is, from what the shards write into the load store: a bar per table on a terminal, else a
 * plain line now and then. Begins when a shard has said how far it is. What can't be read now is read the next time.
 */
export function showProgress(
  documents: LoadDocuments,
  stream: ProgressStream,
  options: { now: () => Date; everyMilliseconds: number },
): Progress {
  let meter: ProgressMeter | undefined;
  let view: View | undefined;
  let looking: Promise<void> = Promise.resolve();

  const look = async () => {
    if (meter === undefined) {
      const plan = await documents.read(planDocument);
      if (plan === undefined) return;
      meter = new ProgressMeter(plan);
    }
    const progress = await readProgress(documents, meter.shards);
    // Where rows are an hour away there is nothing to show yet.
    if (progress.size === 0) return;
    const at = options.now();
    const figures = meter.look(at, progress);
    view ??= stream.isTTY ? barsOn(stream, figures) : linesOn(stream, at);
    view.draw(figures, at);
  };
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => {});
  }, options.everyMilliseconds);

  return {
    async stop() {
      clearInterval(timer);
      await looking;
      await look().catch(() => {});
      view?.end();
    },
  };
}

/** How far each table is, once; none before there is a plan. */
export async function lookOnce(documents: LoadDocuments, at: Date): Promise<TableFigures[]> {
  const plan = await documents.read(planDocument);
  if (plan === undefined) return [];
  const meter = new ProgressMeter(plan);
  return meter.look(at, await readProgress(documents, meter.shards));
}

async function readProgress(documents: LoadDocuments, shards: string[]): Promise<Map<string, ShardProgress>> {
  const progress = new Map<string, ShardProgress>();
  await Promise.all(
    shards.map(async (shard) => {
      const document = await documents.read(progressDocument(shard));
      if (document !== undefined) progress.set(shard, document);
    }),
  );
  return progress;
}

interface View {
  draw(figures: TableFigures[], at: Date): void;
  end(): void;
}

function linesOn(stream: ProgressStream, since: Date): View {
  let last: TableFigures[] = [];
  let writtenAt = since.getTime();
  return {
    draw(figures, at) {
      last = figures;
      const all = sumFigures('', figures);
      if (all.done || at.getTime() - writtenAt < PLAIN_LINE_MILLISECONDS) return;
      writtenAt = at.getTime();
      const busy = figures.filter(({ rows, done }) => rows > 0 && !done).map(({ name }) => name);
      const where = busy.length === 0 ? '' : `; now ${busy.slice(0, 3).join(', ')}${busy.length > 3 ? ', ...' : ''}`;
      stream.write(`${amount(all)}${pace(all)}${where}\n`);
    },
    end() {
      const width = Math.max(...last.map(({ name }) => name.length));
      for (const table of last) stream.write(`${table.name.padEnd(width)}  ${amount(table)}${pace(table)}\n`);
    },
  };
}

function amount({ rows, totalRows, done }: TableFigures): string {
  if (done) return `${formatRows(rows)} copied`;
  return `${formatCount(rows)} of about ${formatRows(totalRows)} (${percent(rows, totalRows)} %)`;
}

/** Empty for a table that was done before it could be measured. */
function pace({ rowsPerSecond, secondsLeft, done }: TableFigures): string {
  if (done && rowsPerSecond === 0) return '';
  return `, ${formatCount(rowsPerSecond)} rows/s${secondsLeft === undefined ? '' : `, ${formatSeconds(secondsLeft)} left`}`;
}

function percent(rows: number, totalRows: number): number {
  return totalRows === 0 ? 0 : Math.floor((100 * rows) / totalRows);
}

const NAME_WIDTH = 32;
const FIGURES_WIDTH = 72;
const LEAST_BAR_WIDTH = 8;
const MOST_BAR_WIDTH = 30;
/** Lines of the screen that stay free: bars that scroll out of it can't be redrawn. */
const FREE_LINES = 3;

function barsOn(stream: ProgressStream, first: TableFigures[]): View {
  const shown = Math.max(1, Math.min(first.length, sizeOr(24, stream.rows) - FREE_LINES));
  const nameWidth = Math.min(NAME_WIDTH, Math.max(...fitLines(first, shown).map(({ name }) => name.length)));
  const roomForBar = sizeOr(80, stream.columns) - nameWidth - FIGURES_WIDTH;
  const multiBar = new MultiBar(
    {
      stream,
      hideCursor: true,
      barsize: Math.max(LEAST_BAR_WIDTH, Math.min(MOST_BAR_WIDTH, roomForBar)),
      emptyOnZero: true,
      format: '{name}  [{bar}]  {percent} %  {amount}  {rate}  {left}',
    },
    Presets.legacy,
  );
  const bars = new Map<number, SingleBar>();
  return {
    draw(figures) {
      fitLines(figures, shown).forEach((table, index) => {
        const total = table.done ? Math.max(1, table.totalRows) : table.totalRows;
        const value = table.done ? total : table.rows;
        const bar = bars.get(index) ?? multiBar.create(total, value, barWords(table, nameWidth));
        bars.set(index, bar);
        bar.setTotal(total);
        bar.update(value, barWords(table, nameWidth));
      });
    },
    end: () => multiBar.stop(),
  };
}

/** The tables, the last ones as one line when there are more than lines. */
function fitLines(figures: TableFigures[], lines: number): TableFigures[] {
  if (figures.length <= lines) return figures;
  const rest = figures.slice(lines - 1);
  return [...figures.slice(0, lines - 1), sumFigures(`and ${rest.length} more tables`, rest)];
}

function barWords(table: TableFigures, nameWidth: number) {
  const { name, rows, totalRows, done, rowsPerSecond, secondsLeft } = table;
  const shortName = name.length > nameWidth ? `${name.slice(0, nameWidth - 3)}...` : name;
  const total = done ? formatRows(rows) : `${formatCount(rows)} of ${formatRows(totalRows)}`;
  return {
    name: shortName.padEnd(nameWidth),
    percent: String(done ? 100 : percent(rows, totalRows)).padStart(3),
    amount: total.padStart(27),
    rate: (done && rowsPerSecond === 0 ? '' : `${formatCount(rowsPerSecond)} rows/s`).padStart(16),
    left: done ? 'done' : secondsLeft === undefined ? '' : `${formatSeconds(secondsLeft)} left`,
  };
}

/** A terminal that doesn't know its size says 0. */
function sizeOr(usual: number, said: number | undefined): number {
  return said === undefined || said === 0 ? usual : said;
}
