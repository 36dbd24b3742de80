import type { Plan, QualifiedName, ShardProgress } from '../src/model.ts';

/** How far one table is, or several tables together. */
export interface TableFigures {
  name: string;
  rows: number;
  /** What was estimated until the table is done, then what was copied. */
  totalRows: number;
  done: boolean;
  /** Over the last seconds; of a table that is done, from its first rows to its last. */
  rowsPerSecond: number;
  /** Absent while no rows come. */
  secondsLeft?: number;
}

/** The rate is that of the rows of about this time, so that a stall shows soon and single chunks don't. */
const WINDOW_SECONDS = 10;

interface Meter {
  table: QualifiedName;
  estimatedRows: number;
  /** The shards that hold a part of the table: it is done when all of them say so. */
  shards: Set<string>;
  samples: { at: number; rows: number }[];
  first: { at: number; rows: number } | undefined;
  finishedRate: number | undefined;
}

/** Makes figures per table of what the shards report, looked at now and then. */
export class ProgressMeter {
  readonly shards: string[];
  readonly #meters: Meter[];

  constructor(plan: Pick<Plan, 'tables' | 'ranges' | 'shards'>) {
    const tableOfRange = new Map(plan.ranges.map(({ id, table }) => [id, table]));
    const shardsOf = (table: QualifiedName) =>
      plan.shards.filter(({ ranges }) => ranges.some((id) => tableOfRange.get(id) === table)).map(({ id }) => id);
    this.shards = plan.shards.map(({ id }) => id);
    this.#meters = plan.tables.map(({ source, estimatedRows }) => ({
      table: source,
      estimatedRows,
      shards: new Set(shardsOf(source)),
      samples: [],
      first: undefined,
      finishedRate: undefined,
    }));
  }

  /** @param progress what each shard last reported, by its id; a shard that did not begin is absent. */
  look(at: Date, progress: Map<string, ShardProgress>): TableFigures[] {
    return this.#meters.map((meter) => figuresOf(meter, at.getTime() / 1_000, progress));
  }
}

function figuresOf(meter: Meter, at: number, progress: Map<string, ShardProgress>): TableFigures {
  const parts = [...meter.shards].map((shard) =>
    progress.get(shard)?.tables.find(({ table }) => table === meter.table),
  );
  const rows = parts.reduce((sum, part) => sum + (part?.rows ?? 0), 0);
  const done = parts.length > 0 && parts.every((part) => part?.done === true);
  const rowsPerSecond = done ? (meter.finishedRate ??= rateSinceFirst(meter, at, rows)) : rateInWindow(meter, at, rows);
  const totalRows = done ? rows : Math.max(meter.estimatedRows, rows);
  return {
    name: meter.table,
    rows,
    totalRows,
    done,
    rowsPerSecond,
    ...(!done && rowsPerSecond > 0 && { secondsLeft: (totalRows - rows) / rowsPerSecond }),
  };
}

function rateInWindow(meter: Meter, at: number, rows: number): number {
  meter.samples.push({ at, rows });
  // Before the first rows come a table only waits for its turn; that time says nothing of its rate.
  if (rows === 0) meter.samples.splice(0, meter.samples.length - 1);
  meter.first ??= rows > 0 ? meter.samples[0] : undefined;
  while (meter.samples.length > 2 && meter.samples[1]!.at <= at - WINDOW_SECONDS) meter.samples.shift();
  return rate(meter.samples[0]!, { at, rows });
}

function rateSinceFirst(meter: Meter, at: number, rows: number): number {
  const since = meter.first ?? meter.samples[0];
  return since === undefined ? 0 : rate(since, { at, rows });
}

function rate(from: { at: number; rows: number }, to: { at: number; rows: number }): number {
  return to.at > from.at ? Math.max(0, to.rows - from.rows) / (to.at - from.at) : 0;
}

/** Several tables as one: what doesn't fit the screen, or all of a load. */
export function sumFigures(name: string, figures: TableFigures[]): TableFigures {
  const sum = (value: (one: TableFigures) => number) => figures.reduce((total, one) => total + value(one), 0);
  const rows = sum((one) => one.rows);
  const totalRows = sum((one) => one.totalRows);
  const rowsPerSecond = sum((one) => (one.done ? 0 : one.rowsPerSecond));
  const done = figures.every((one) => one.done);
  return {
    name,
    rows,
    totalRows,
    done,
    rowsPerSecond,
    ...(!done && rowsPerSecond > 0 && { secondsLeft: (totalRows - rows) / rowsPerSecond }),
  };
}
