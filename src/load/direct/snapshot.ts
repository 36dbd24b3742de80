import type { Client } from '../../databases/postgres/connection.ts';

/**
 * One view of the source for several connections: the first transaction exports its snapshot, the others import it
 * while that one is open. When the exporter is gone (its connection was cut) the next one starts a new view, and the
 * load is of more than one snapshot from then on, which the conflict rule is for.
 */
export class SharedSnapshot {
  #exporter: { client: Client; id: string } | undefined;
  #opening: Promise<unknown> = Promise.resolve();
  #views = 0;

  /** How many different snapshots were handed out. */
  get views(): number {
    return this.#views;
  }

  /** Begins a read-only transaction on the client that sees the shared snapshot. */
  join(client: Client): Promise<void> {
    const joined = this.#opening.then(() => this.#begin(client));
    this.#opening = joined.catch(() => undefined);
    return joined;
  }

  async #begin(client: Client): Promise<void> {
    await beginReadOnly(client);
    if (this.#exporter) {
      await client.query(`set transaction snapshot '${this.#exporter.id}'`);
      return;
    }
    const { rows } = await client.query('select pg_export_snapshot() as id');
    this.#exporter = { client, id: String(rows[0].id) };
    this.#views += 1;
    client.once('end', () => {
      if (this.#exporter?.client === client) this.#exporter = undefined;
    });
  }
}

/** A transaction with one snapshot, taken at its first query. */
export async function beginReadOnly(client: Client): Promise<void> {
  await client.query('begin isolation level repeatable read read only');
}
