import type { StartJobRunRequest } from '@aws-sdk/client-glue';
import { randomBytes } from 'node:crypto';
import { findObstacle } from './connections.ts';
import { DEFAULT_TIMEOUT_MINUTES } from './job-rules.ts';
import type { RunningJob } from './job-runner.ts';
import { takeScript, type RunScript } from './run-script.ts';
import { after, DURATIONS, type JobRecord, type World } from './world.ts';

interface RunEnd {
  at: Date;
  state: string;
  message?: string;
}

/** One run of a job: its state follows from the clock, from what runs the job's script, and from what a test wrote down. */
export class JobRun {
  readonly id = `jr_${randomBytes(32).toString('hex')}`;
  readonly job: JobRecord;
  readonly input: StartJobRunRequest;
  readonly timeoutMinutes: number;
  readonly startedAt: Date;
  readonly #world: World;
  readonly #script: RunScript;
  readonly #beginsAt: Date;
  #work: RunningJob | undefined;
  #workEndedAt: Date | undefined;
  /** It is being ended from outside. It has ended when nothing of it runs any more, and not before `at`. */
  #ending: (RunEnd & { isGone: boolean }) | undefined;
  #end: RunEnd | undefined;

  constructor(world: World, job: JobRecord, input: StartJobRunRequest) {
    this.#world = world;
    this.job = job;
    this.input = input;
    this.timeoutMinutes = input.Timeout ?? job.definition.Timeout ?? DEFAULT_TIMEOUT_MINUTES;
    this.#script = takeScript(world.runScripts, job.name);
    this.startedAt = world.now();
    this.#beginsAt = after(this.startedAt, this.#script.atOnce ? 0 : DURATIONS.runStarting);
  }

  get end(): RunEnd | undefined {
    return this.#end;
  }

  /** Whether it counts among the runs that a job may have at a time. */
  get holdsSlot(): boolean {
    return this.#end === undefined || this.#world.now() < after(this.#end.at, DURATIONS.slotFreeing);
  }

  get state(): string {
    if (this.#end !== undefined) return this.#end.state;
    if (this.#ending?.state === 'STOPPED') return 'STOPPING';
    return this.#world.now() < this.#beginsAt ? 'STARTING' : 'RUNNING';
  }

  /** Its state, unless a test wants another one to be seen. */
  get shownState(): string {
    const { shows, showsForSeconds = Infinity } = this.#script;
    if (shows === undefined) return this.state;
    const shownSeconds = (this.#world.now().getTime() - this.startedAt.getTime()) / 1_000;
    return shownSeconds < showsForSeconds ? shows : this.state;
  }

  get executionSeconds(): number {
    const until = this.#end?.at ?? this.#world.now();
    return Math.max(0, Math.floor((until.getTime() - this.#beginsAt.getTime()) / 1_000));
  }

  /** Called at every request: nothing here happens by itself, except that what runs goes on. */
  tick(): void {
    const now = this.#world.now();
    if (this.#end !== undefined) return;
    if (this.#ending !== undefined) {
      const { isGone, ...end } = this.#ending;
      if (isGone && now >= end.at) this.#end = end;
      return;
    }
    if (now < this.#beginsAt) return;
    this.#end = this.#ownEnd();
    const timesOutAt = after(this.#beginsAt, this.timeoutMinutes * 60);
    if (this.#end === undefined && now >= timesOutAt) this.#endFromOutside({ state: 'TIMEOUT', at: timesOutAt });
  }

  /** For a run that is to end before anybody can ask for its state: resolves when it has. */
  async runAtOnce(): Promise<void> {
    if (!this.#script.atOnce) return;
    this.tick();
    await this.settled();
  }

  /** As BatchStopJobRun does: the answer doesn't wait until it has stopped. */
  stop(): void {
    this.#endFromOutside({ state: 'STOPPED', at: after(this.#world.now(), DURATIONS.runStopping) });
  }

  /** Resolves when nothing of it runs any more: as if it had been stopped long ago. */
  async kill(): Promise<void> {
    this.#end ??= { state: 'STOPPED', at: this.#world.now() };
    await this.#work?.stop();
  }

  /** When what runs the script has nothing left to do. */
  async settled(): Promise<void> {
    await this.#work?.ended;
  }

  /** What it comes to by itself; undefined while it runs. The job's script is begun here. */
  #ownEnd(): RunEnd | undefined {
    const { ends, neverEnds, afterWork } = this.#script;
    const obstacle = this.#work === undefined ? findObstacle(this.#world, this.job) : undefined;
    if (obstacle !== undefined) {
      const message = `JobName:${this.job.name} and JobRunId:${this.id} failed to execute with exception ${obstacle}`;
      return { at: this.#beginsAt, state: 'FAILED', message };
    }
    const isIdle = (ends !== undefined || neverEnds) && !afterWork;
    const own = isIdle ? {} : this.#begin().end();
    if (own === undefined || neverEnds) return undefined;
    const at = isIdle ? this.#beginsAt : (this.#workEndedAt ?? this.#world.now());
    if (ends !== undefined) return { at, ...ends };
    return own.error === undefined ? { at, state: 'SUCCEEDED' } : { at, state: 'FAILED', message: own.error };
  }

  /** Glue gives a script all arguments, those that are its own among them. */
  #begin(): RunningJob {
    if (this.#work !== undefined) return this.#work;
    const { Command, DefaultArguments } = this.job.definition;
    const own = { '--JOB_NAME': this.job.name, '--JOB_RUN_ID': this.id };
    const args: Record<string, string> = { ...own, ...DefaultArguments, ...this.input.Arguments };
    this.#work = this.#world.runner.begin({
      script: Command?.ScriptLocation ?? '',
      extraFiles: (args['--extra-py-files'] ?? '').split(',').filter((file) => file !== ''),
      args: Object.entries(args).flat(),
    });
    void this.#noteEnd(this.#work);
    return this.#work;
  }

  async #noteEnd(work: RunningJob): Promise<void> {
    await work.ended;
    this.#workEndedAt = this.#world.now();
  }

  #endFromOutside(end: RunEnd): void {
    this.#ending = { ...end, isGone: false };
    void this.#stopWork(this.#ending);
  }

  async #stopWork(ending: { isGone: boolean }): Promise<void> {
    await this.#work?.stop();
    Object.assign(ending, { isGone: true });
  }
}
