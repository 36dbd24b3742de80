import { chooseTables, type ChosenTable, type SourceTable } from './chosen-tables.ts';
import type { Reader, Value, Writer } from './database.ts';
import type { Happening, Upcoming } from './data-faults.ts';
import type { EndpointRecord } from './endpoints.ts';
import { applyLobMode } from './lobs.ts';
import { fatal, FINISHED, type MoveEnd, type MoveJob, type Moving, type TableProgress } from './mover.ts';
import { readSettings, type ErrorPolicy, type Settings } from './replication-settings.ts';
import { readTableMappings } from './table-mappings.ts';

/** How long a statement that is under way when the run is stopped may take, in real milliseconds. */
const PATIENCE_MS = 2_000;

interface Openers {
  openReader(endpoint: EndpointRecord): Promise<Reader>;
  openWriter(endpoint: EndpointRecord): Promise<Writer>;
}
interface Entry {
  chosen: ChosenTable;
  progress: TableProgress;
}

/** The table can't be loaded; whether the run goes on is for the settings to say. */
class TableFailed extends Error {}
/** The run is over. */
class RunEnded extends Error {
  readonly end: Omit<MoveEnd, 'at'>;
  constructor(end: Omit<MoveEnd, 'at'>) {
    super(end.message);
    this.end = end;
  }
}
class Stopped extends Error {}

/** One run of the database mover: table after table, by one session on each side. */
export class DatabaseMoving implements Moving {
  readonly ended: Promise<void>;
  readonly #job: MoveJob;
  readonly #settings: Settings;
  readonly #stopping = new AbortController();
  #entries: Entry[] = [];
  #queue: Entry[] = [];
  #rows = 0;
  #end: MoveEnd | undefined;
  #sessions: { reader: Reader; writer: Writer } | undefined;

  constructor(job: MoveJob, openers: Openers) {
    this.#job = job;
    this.#settings = readSettings(job.settings);
    this.ended = this.#run(openers);
  }

  tables(): TableProgress[] {
    return this.#entries.map(({ progress }) => ({ ...progress }));
  }

  end(): MoveEnd | undefined {
    return this.#end;
  }

  reload(tables: { schema: string; table: string }[]): void {
    for (const { schema, table } of tables) {
      const entry = this.#entries.find(({ progress }) => progress.schema === schema && progress.table === table);
      if (entry === undefined || this.#queue.includes(entry) || entry.progress.state === 'Full load') continue;
      Object.assign(entry.progress, { state: 'Table is being reloaded', rows: 0, reloaded: true });
      this.#queue.push(entry);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const patience = setTimeout(() => {
      void Promise.allSettled([this.#sessions?.reader.cut(), this.#sessions?.writer.cut()]);
    }, PATIENCE_MS);
    await this.ended;
    clearTimeout(patience);
  }

  async #run({ openReader, openWriter }: Openers): Promise<void> {
    const open: { close(): Promise<void> }[] = [];
    try {
      const reader = await openReader(this.#job.source);
      open.push(reader);
      const writer = await openWriter(this.#job.target);
      open.push(writer);
      this.#sessions = { reader, writer };
      const { controlSchema, validates } = this.#settings;
      await writer.makeControlTable(controlSchema, 'awsdms_apply_exceptions');
      if (validates) await writer.makeControlTable(controlSchema, 'awsdms_validation_failures_v1');
      await this.#moveAll(reader, writer);
    } catch (error) {
      // Stopped from outside, it has no end of its own.
      if (!this.#stopping.signal.aborted) this.#endWith(endOf(error));
    } finally {
      for (const session of open) await session.close().catch(() => {});
      this.#sessions = undefined;
    }
  }

  async #moveAll(reader: Reader, writer: Writer): Promise<void> {
    const chosen = this.#choose(await reader.listTables());
    this.#entries = chosen.map((table) => ({ chosen: table, progress: this.#progressOf(table) }));
    if (this.#entries.length === 0 && this.#settings.failsWithoutTables) {
      throw new RunEnded(fatal('No tables were found at task initialization.'));
    }
    this.#queue = this.#entries.filter(({ progress }) => progress.state !== 'Table completed');
    for (;;) {
      const entry = this.#queue.shift();
      if (entry === undefined) break;
      await this.#moveTable(entry, reader, writer);
    }
    await this.#happen(this.#job.script.atEnd());
    this.#endWith(FINISHED);
  }

  #choose(tables: SourceTable[]): ChosenTable[] {
    try {
      return chooseTables(readTableMappings(this.#job.tableMappings), tables, this.#settings);
    } catch (error) {
      throw new RunEnded(fatal((error as Error).message));
    }
  }

  #progressOf({ source: { schema, table } }: ChosenTable): TableProgress {
    const earlier = this.#job.completed.find((other) => other.schema === schema && other.table === table);
    if (earlier !== undefined) return { ...earlier };
    const validationState = this.#settings.validates ? 'Pending validation' : 'Not enabled';
    return { schema, table, rows: 0, state: 'Before load', validationState };
  }

  async #moveTable({ chosen, progress }: Entry, reader: Reader, writer: Writer): Promise<void> {
    const { now } = this.#job;
    if (progress.state === 'Before load') progress.state = 'Full load';
    progress.startedAt = now();
    try {
      await this.#load({ chosen, progress }, reader, writer);
      Object.assign(progress, { state: 'Table completed', endedAt: now(), updatedAt: now() });
      await this.#validate({ chosen, progress }, reader, writer);
    } catch (error) {
      const isStopped = error instanceof Stopped || error instanceof RunEnded;
      Object.assign(progress, { state: isStopped ? 'Table cancelled' : 'Table error', updatedAt: now() });
      if (isStopped || this.#stopping.signal.aborted || (!(error instanceof TableFailed) && writer.isLost(error)))
        throw error;
      if (progress.validationState !== 'Not enabled') progress.validationState = 'Table error';
      const message = `Failed to load data from table '${progress.schema}.${progress.table}': ${(error as Error).message}`;
      if (this.#settings.onTableError === 'STOP_TASK') throw new RunEnded(fatal(message));
    }
  }

  async #load(entry: Entry, reader: Reader, writer: Writer): Promise<void> {
    const { chosen, progress } = entry;
    await this.#prepare(chosen, writer);
    for await (const rows of reader.read(chosen)) {
      let left = rows;
      while (left.length > 0) {
        const upcoming = this.#upcoming(progress);
        const count = Math.min(left.length, Math.max(0, upcoming?.afterRows ?? Infinity));
        await this.#write(entry, left.slice(0, count), writer);
        left = left.slice(count);
        if (upcoming !== undefined && count === Math.max(0, upcoming.afterRows)) await this.#happen(upcoming.take());
      }
    }
    const upcoming = this.#upcoming(progress);
    if (upcoming?.afterRows === 0 || upcoming?.afterRows === Infinity) await this.#happen(upcoming.take());
  }

  #upcoming(progress: TableProgress): Upcoming | undefined {
    return this.#job.script.upcoming(progress, { ofTable: progress.rows, ofRun: this.#rows });
  }

  async #prepare({ target }: ChosenTable, writer: Writer): Promise<void> {
    if (this.#settings.prepareTarget === 'TRUNCATE_BEFORE_LOAD') await writer.truncate(target);
    if (this.#settings.prepareTarget === 'DROP_AND_CREATE') {
      throw new RunEnded(fatal('The stand-in drops and creates no tables (TargetTablePrepMode).'));
    }
  }

  async #write({ chosen, progress }: Entry, rows: Value[][], writer: Writer): Promise<void> {
    if (this.#stopping.signal.aborted) throw new Stopped();
    if (rows.length === 0) return;
    const batch = applyLobMode(chosen, rows);
    if (batch.truncated > 0 && failsOnTruncation(this.#job.source)) {
      throw new RunEnded(fatal(`LOB data of '${progress.schema}.${progress.table}' is longer than the limit.`));
    }
    let written = batch.rows.length;
    try {
      await writer.insert(chosen.target, batch.columns, batch.rows);
    } catch (error) {
      if (!writer.isDataError(error)) throw error;
      written = await this.#writeOneByOne(chosen, batch, writer);
    }
    for (const { set, key } of batch.later) await writer.update(chosen.target, set, key);
    progress.rows += written;
    progress.updatedAt = this.#job.now();
    this.#rows += written;
  }

  async #writeOneByOne(
    { target }: ChosenTable,
    batch: { columns: string[]; rows: Value[][] },
    writer: Writer,
  ): Promise<number> {
    const { onDataError, onDataTruncation } = this.#settings;
    let written = 0;
    for (const row of batch.rows) {
      try {
        await writer.insert(target, batch.columns, [row]);
        written += 1;
      } catch (error) {
        if (!writer.isDataError(error)) throw error;
        refuseRow(error as Error, writer.isTruncation(error) ? onDataTruncation : onDataError);
      }
    }
    return written;
  }

  /** Counts only, where DMS compares rows. */
  async #validate({ chosen, progress }: Entry, reader: Reader, writer: Writer): Promise<void> {
    if (!this.#settings.validates) return;
    const scripted = this.#job.script.validation(progress);
    if (chosen.source.key === undefined) progress.validationState = 'No primary key';
    else if ((await reader.count(chosen)) === (await writer.count(chosen.target)))
      progress.validationState = 'Validated';
    else progress.validationState = 'Mismatched records';
    if (scripted === undefined) return;
    progress.validationState = scripted.state;
    if (scripted.details !== undefined) progress.validationDetails = scripted.details;
  }

  async #happen(happening: Happening | undefined): Promise<void> {
    if (happening === undefined) return;
    if (happening.kind === 'table error') throw new TableFailed(happening.message);
    if (happening.kind === 'end') throw new RunEnded(happening.end);
    const { signal } = this.#stopping;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw new Stopped();
  }

  #endWith(end: Omit<MoveEnd, 'at'>): void {
    this.#end = { ...end, at: this.#job.now() };
  }
}

/** @throws TableFailed, RunEnded, unless the row is to be passed over */
function refuseRow({ message }: Error, policy: ErrorPolicy): void {
  if (policy === 'STOP_TASK') throw new RunEnded(fatal(message));
  if (policy === 'SUSPEND_TABLE') throw new TableFailed(message);
}

function failsOnTruncation({ shown }: EndpointRecord): boolean {
  return [shown.PostgreSQLSettings, shown.OracleSettings].some((settings) => settings?.FailTasksOnLobTruncation);
}

function endOf(error: unknown): Omit<MoveEnd, 'at'> {
  if (error instanceof RunEnded) return error.end;
  const stopReason = 'Stop Reason RECOVERABLE_ERROR';
  return { status: 'failed', stopReason, message: `Last Error ${(error as Error).message} ${stopReason}` };
}
