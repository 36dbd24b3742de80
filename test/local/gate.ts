import { Client } from 'pg';
import { until, type Started } from './processes.ts';

/** A constraint that holds whoever writes such a row, in the middle of its statement, for as long as the gate is closed. */
export function gateOn(table: string, condition: string): string {
  return `create or replace function hr.gate(pass boolean) returns boolean language plpgsql as $$ begin
      if not pass then perform pg_advisory_lock_shared(1); perform pg_advisory_unlock_shared(1); end if;
      return true;
    end $$;
    alter table ${table} add constraint gate check (hr.gate(not (${condition})))`;
}

/** The gate of one database. Ending its session opens it, whoever does that. */
export class Gate {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async close(url: string): Promise<Gate> {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    await client.query('select pg_advisory_lock(1)');
    return new Gate(client);
  }

  /** Waits until the load stands at the gate. */
  async reachedBy(started: Started): Promise<void> {
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    await until(async () => (await this.#client.query(waiting)).rows.length > 0, started);
  }

  async open(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}
