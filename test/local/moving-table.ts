import { expect } from '@jest/globals';
import type { TestDatabase } from '../support/postgres.ts';

/** A seeded generator (mulberry32): the same moments and changes in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type MovingTableName = 'employees' | 'contracts';
/** A row as it arrived, with all that it says. */
export interface CopiedRow {
  id: number;
  state: string;
}

/**
 * Employees and contracts that somebody writes to, and every state that each row was ever committed in. Every third
 * row is left alone.
 */
export class MovingTable {
  readonly #source: TestDatabase;
  readonly #random: () => number;
  readonly #rows: number;
  readonly #stateOf: (row: string) => string;
  readonly #states = { employees: new Map<number, Set<string>>(), contracts: new Map<number, Set<string>>() };
  #next: number;
  #stopped = false;

  /** @param stateOf how SQL writes a row of that name as it is copied */
  constructor(
    source: TestDatabase,
    random: () => number,
    rows: number,
    stateOf: (row: string) => string = (row) => `${row}::text`,
  ) {
    this.#stateOf = stateOf;
    this.#source = source;
    this.#random = random;
    this.#rows = rows;
    this.#next = 1_000_000 + Math.floor(random() * 1_000_000) * 10;
  }

  stop(): void {
    this.#stopped = true;
  }

  async write(): Promise<void> {
    for (const table of ['employees', 'contracts'] as const) {
      const rows = await this.#source.query<{ id: number; state: string }>(
        `select id, ${this.#stateOf('t')} as state from hr.${table} t`,
      );
      for (const { id, state } of rows) this.#states[table].set(id, new Set([state]));
    }
    while (!this.#stopped) {
      await this.#change();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async expectCopiedInto(target: TestDatabase): Promise<void> {
    for (const table of ['employees', 'contracts'] as const) {
      await this.expectCopied(
        table,
        await target.query<CopiedRow>(`select id, ${this.#stateOf('t')} as state from hr.${table} t`),
      );
    }
  }

  /** Rows nobody touched are there exactly once, as they are; touched ones hold one of their committed states. */
  async expectCopied(table: MovingTableName, rows: CopiedRow[]): Promise<void> {
    const never = rows.filter(({ id, state }) => !this.#states[table].get(id)?.has(state));
    expect(never).toEqual([]);
    const copied = new Set(rows.map(({ id }) => id));
    expect(copied.size).toBe(rows.length);
    const untouched = await this.#source.query<{ id: number }>(
      `select id from hr.${table} where id % 3 = 0 and id <= $1`,
      [this.#rows],
    );
    expect(untouched.filter(({ id }) => !copied.has(id))).toEqual([]);
  }

  async #change(): Promise<void> {
    const kind = this.#random();
    const id = this.#someRow();
    if (kind < 0.4)
      await this.#note('employees', `update hr.employees set note = 'n' || random()::text where id = $1 returning`, [
        id,
      ]);
    else if (kind < 0.6) await this.#moveAddress(id);
    else if (kind < 0.8) await this.#hire();
    else {
      await this.#source.query('delete from hr.contracts where employee = $1', [id]);
      await this.#source.query(
        'delete from hr.employees where id = $1 and not exists (select from hr.contracts where employee = $1)',
        [id],
      );
    }
  }

  /** The unique value goes from one row to another: the case that the conflict rule is for. */
  async #moveAddress(id: number): Promise<void> {
    const other = this.#someRow();
    if (other === id) return;
    const [row] = await this.#source.query<{ email: string }>('select email from hr.employees where id = $1', [id]);
    if (!row) return;
    await this.#note('employees', `update hr.employees set email = 'was-' || random()::text where id = $1 returning`, [
      id,
    ]);
    await this.#note('employees', 'update hr.employees set email = $2 where id = $1 returning', [other, row.email]);
  }

  async #hire(): Promise<void> {
    const id = (this.#next += 1);
    await this.#note(
      'employees',
      `insert into hr.employees values ($1::int, 'e' || $1::int || '@example.com', 'new') returning`,
      [id],
    );
    await this.#note('contracts', 'insert into hr.contracts values ($1::int, $1::int, 1) returning', [id]);
  }

  /** Every state is noted before anybody can read it: what is read before the note would look like none of them. */
  async #note(table: MovingTableName, statement: string, values: unknown[]): Promise<void> {
    const alias = `${statement} id, ${this.#stateOf(table)} as state`;
    const rows = await this.#source.query<{ id: number; state: string }>(alias, values);
    for (const { id, state } of rows) {
      const states = this.#states[table].get(id) ?? new Set<string>();
      states.add(state);
      this.#states[table].set(id, states);
    }
  }

  #someRow(): number {
    const id = 1 + Math.floor(this.#random() * this.#rows);
    return id % 3 === 0 ? id + 1 : id;
  }
}
