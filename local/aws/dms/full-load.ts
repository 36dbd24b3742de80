import type { ReplicationTaskStats } from '@aws-sdk/client-database-migration-service';
import { STOPPED, type MoveEnd, type Moving, type TableProgress } from './mover.ts';
import type { World } from './world.ts';

export type StartType = 'start-replication' | 'resume-processing' | 'reload-target';

/** What a task or a serverless replication runs: its tables, from start to start. */
export class FullLoad {
  readonly #world: World;
  readonly #given: { source: string; target: string; tableMappings: string; settings: string };
  #run: { startedAt: Date; beginsAt: Date; begin: () => Moving; moving?: Moving; stoppedAt?: Date } | undefined;
  #freshAt: Date | undefined;
  #completed: TableProgress[] = [];

  /** @param given the endpoints' ARNs, and the JSON of the request */
  constructor(world: World, given: { source: string; target: string; tableMappings: string; settings: string }) {
    this.#world = world;
    this.#given = given;
  }

  get startedAt(): Date | undefined {
    return this.#run?.startedAt;
  }

  /** When stopping was asked for. */
  get stoppedAt(): Date | undefined {
    return this.#run?.stoppedAt;
  }

  /** Rows move from `beginsAt` on. */
  async start(type: StartType, beginsAt: Date): Promise<void> {
    const { now, mover, dataFaults, endpoints } = this.#world;
    const { source, target, ...json } = this.#given;
    const completed = this.tables().filter(({ state }) => state === 'Table completed');
    this.#completed = type === 'resume-processing' ? completed : [];
    if (type !== 'resume-processing') this.#freshAt = now();
    const { script, isAtOnce } = dataFaults.takeRun();
    const job = { ...json, source: endpoints.need(source), target: endpoints.need(target), now, script };
    const begin = () => mover.begin({ ...job, completed: this.#completed });
    this.#run = { startedAt: now(), beginsAt, begin };
    if (!isAtOnce) return;
    this.#run.moving = begin();
    await this.#run.moving.ended;
  }

  /** Called at every request: nothing here happens by itself. */
  tick(): void {
    const run = this.#run;
    if (run === undefined || run.moving !== undefined || run.stoppedAt !== undefined) return;
    if (this.#world.now() >= run.beginsAt) run.moving = run.begin();
  }

  /** Undefined while it hasn't ended, by itself or by being stopped. */
  end(): MoveEnd | undefined {
    const run = this.#run;
    const own = run?.moving?.end();
    return own ?? (run?.stoppedAt && { at: run.stoppedAt, ...STOPPED });
  }

  tables(): TableProgress[] {
    return this.#run?.moving?.tables() ?? this.#completed;
  }

  reload(tables: { schema: string; table: string }[]): void {
    this.#run?.moving?.reload(tables);
  }

  /** Returns when no row is on its way any more. */
  async stop(): Promise<void> {
    if (this.#run === undefined) return;
    this.#run.stoppedAt ??= this.#world.now();
    await this.#run.moving?.stop();
  }

  /** When what moves rows has nothing left to do. */
  async settled(): Promise<void> {
    await this.#run?.moving?.ended;
  }

  stats(): ReplicationTaskStats {
    const tables = this.tables();
    const [run, end] = [this.#run, this.end()];
    if (run === undefined) return {};
    const count = (...states: TableProgress['state'][]) => tables.filter(({ state }) => states.includes(state)).length;
    const shares = tables.map(({ state, share = 0 }) => (state === 'Table completed' ? 1 : share));
    const loadingAt = tables.flatMap(({ startedAt }) => startedAt ?? []).toSorted((one, other) => +one - +other)[0];
    return {
      FullLoadProgressPercent: Math.floor(
        (100 * shares.reduce((sum, share) => sum + share, 0)) / Math.max(1, tables.length),
      ),
      ElapsedTimeMillis: +(end?.at ?? this.#world.now()) - +run.startedAt,
      TablesLoaded: count('Table completed'),
      TablesLoading: count('Full load', 'Table is being reloaded'),
      TablesQueued: count('Before load'),
      TablesErrored: count('Table error', 'Table does not exist'),
      ...(this.#freshAt && { FreshStartDate: this.#freshAt }),
      StartDate: run.startedAt,
      ...(loadingAt && { FullLoadStartDate: loadingAt }),
      ...(end && { StopDate: end.at }),
      ...(end?.stopReason.includes('FULL_LOAD') && { FullLoadFinishDate: end.at }),
    };
  }
}
