import { FINISHED, type MoveJob, type Mover, type Moving, type TableProgress } from '../../local/aws/dms/mover.ts';

interface SelectionRule {
  'rule-type': string;
  'object-locator': { 'schema-name': string; 'table-name': string };
}

/**
 * Takes as long as it is told, by the clock of the stand-in, in which every table goes on evenly.
 * @param mover moves the rows when the time has come; without one there are none
 */
export function slowMover(seconds: number, mover?: Mover): Mover {
  return {
    test: async (endpoint) => mover?.test(endpoint),
    begin: (job) => new SlowMoving(job, seconds, mover),
  };
}

class SlowMoving implements Moving {
  readonly #job: MoveJob;
  readonly #seconds: number;
  readonly #mover: Mover | undefined;
  readonly #startedAt: Date;
  #moving: Moving | undefined;

  constructor(job: MoveJob, seconds: number, mover: Mover | undefined) {
    this.#job = job;
    this.#seconds = seconds;
    this.#mover = mover;
    this.#startedAt = job.now();
  }

  get ended(): Promise<void> {
    return this.#real()?.ended ?? Promise.resolve();
  }

  tables(): TableProgress[] {
    const share = Math.min(1, this.#elapsed() / this.#seconds);
    const moved = this.#real()?.tables();
    if (moved !== undefined && moved.length > 0) return moved;
    const { rules } = JSON.parse(this.#job.tableMappings) as { rules: SelectionRule[] };
    return rules
      .filter((rule) => rule['rule-type'] === 'selection')
      .map((rule) => ({
        schema: rule['object-locator']['schema-name'],
        table: rule['object-locator']['table-name'],
        rows: Math.floor(share * 1e9),
        share,
        state: share < 1 || this.#mover ? 'Full load' : 'Table completed',
        validationState: 'Not enabled',
      }));
  }

  end() {
    if (this.#elapsed() < this.#seconds) return undefined;
    if (this.#mover) return this.#real()?.end();
    return { at: this.#job.now(), ...FINISHED };
  }

  reload(): void {}

  async stop(): Promise<void> {
    await this.#moving?.stop();
  }

  #real(): Moving | undefined {
    if (this.#mover === undefined || this.#elapsed() < this.#seconds) return undefined;
    return (this.#moving ??= this.#mover.begin(this.#job));
  }

  #elapsed(): number {
    return (this.#job.now().getTime() - this.#startedAt.getTime()) / 1_000;
  }
}
