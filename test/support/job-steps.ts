import { Client } from 'pg';
import { createConnection } from 'mysql2/promise';
import type { JobConnection, JobDocument, JobTable } from '../../src/load/glue/job/job-document.ts';

const MOST_PARAMETERS = 65_535;

/** What tells a test why the load can't go on. */
class JobFailed extends Error {}

/**
 * What the Spark job does with its document's SQL, literally and step by step. It isn't Spark: nothing is transformed, and
 * rows are held in memory.
 */
export class JobSteps {
  readonly #document: JobDocument;
  readonly #readSecret: (name: string) => Promise<string>;
  readonly #sessions = new Set<{ end(): Promise<void> }>();
  #join: string | undefined;

  constructor(document: JobDocument, readSecret: (name: string) => Promise<string>) {
    this.#document = document;
    this.#readSecret = readSecret;
  }

  /** @throws JobFailed when the load was closed */
  async takeOver(): Promise<void> {
    const { target } = this.#document;
    if (!target) return;
    await this.#inTarget(async (session) => {
      for (const statement of target.endEarlier) await session.query(statement);
    });
    await this.#inTarget(async (session) => {
      if ((await session.query(target.take)).rowCount === 0) throw new JobFailed('The load was closed.');
    });
  }

  /** The exporting session stays until `end`. */
  async openSnapshot(): Promise<void> {
    const { snapshot } = this.#document.source;
    if (!snapshot) return;
    const session = await this.#connect(this.#document.source);
    await session.query('begin');
    for (const statement of snapshot.begin) await session.query(statement);
    const { rows } = await session.query<Record<string, string>>(snapshot.export);
    this.#join = snapshot.join.replace('{snapshot}', Object.values(rows[0]!)[0]!);
  }

  async published(table: JobTable): Promise<{ rowsRead: number; rowsWritten: number } | undefined> {
    return this.#inTarget((session) => publishedIn(session, table));
  }

  async createStage({ database }: JobTable): Promise<void> {
    await this.#inTarget(async (session) => {
      await this.#hold(session);
      await session.query(database!.dropStage);
      await session.query(database!.createStage);
    });
  }

  async dropStage({ database }: JobTable): Promise<void> {
    await this.#inTarget((session) => session.query(database!.dropStage));
  }

  /** One task: what a partition holds, in one transaction. */
  async stagePartition(table: JobTable, partition: number): Promise<number> {
    const columns = table.transform.output.map(({ name, ...step }) => {
      if (!('copy' in step) || table.transform.filter !== undefined || table.transform.deduplicate)
        throw new JobFailed(`This runner isn't Spark, and can't make ${name}.`);
      return table.read.columns.find((column) => column.name === step.copy)!.text;
    });
    const rows = await this.#read(
      `select ${columns.join(', ')} from ${table.read.query} where ${table.read.partitions[partition]!}`,
    );
    await this.#inTarget((session) => insertRows(session, table, partition, rows));
    return rows.length;
  }

  async publish(table: JobTable, rowsRead: number): Promise<{ rowsRead: number; rowsWritten: number }> {
    const staging = table.database!;
    return this.#inTarget(async (session) => {
      await this.#hold(session);
      const before = await publishedIn(session, table);
      if (before) return before;
      const [into, from] = [
        staging.columns.map(({ target }) => target).join(', '),
        staging.columns.map(({ stage }) => stage).join(', '),
      ];
      const written = await session.query(
        `${staging.publishInto} (${into}) ${staging.publishOverriding} select ${from} ${staging.publishFrom}`,
      );
      const rowsWritten = written.rowCount ?? 0;
      await session.query(numbered(staging.record), [rowsRead, rowsWritten]);
      return { rowsRead, rowsWritten };
    });
  }

  /** Ends all sessions, as the end of the job's process does. */
  async end(): Promise<void> {
    for (const session of this.#sessions) await session.end().catch(() => undefined);
    this.#sessions.clear();
  }

  async #hold(session: Client): Promise<void> {
    const { rows } = await session.query<Record<string, boolean>>(this.#document.target!.hold);
    if (rows[0] === undefined || Object.values(rows[0])[0] !== true)
      throw new JobFailed('The load was closed, or a later start of the job has taken over.');
  }

  async #read(sql: string): Promise<(string | null)[][]> {
    const { source } = this.#document;
    if (source.scheme === 'jdbc:mysql') return this.#readMysql(sql);
    const session = await this.#connect(source);
    await session.query(`begin; ${this.#join ?? ''}`);
    const { rows } = await session.query({ text: sql, rowMode: 'array' });
    await session.end();
    return rows as (string | null)[][];
  }

  async #readMysql(sql: string): Promise<(string | null)[][]> {
    const { source } = this.#document;
    const { host, port, database, user, password } = await this.#place(source);
    const session = await createConnection({ host, port, database, user, password, charset: 'utf8mb4' });
    this.#sessions.add(session);
    await session.query(`set session ${source.properties['sessionVariables']}`);
    const [rows] = await session.query({ sql, rowsAsArray: true });
    await session.end();
    return rows as (string | null)[][];
  }

  async #inTarget<T>(work: (session: Client) => Promise<T>): Promise<T> {
    const session = await this.#connect(this.#document.target!);
    try {
      await session.query('begin');
      const result = await work(session);
      await session.query('commit');
      return result;
    } finally {
      await session.end().catch(() => undefined);
      this.#sessions.delete(session);
    }
  }

  async #connect(connection: JobConnection): Promise<Client> {
    const { properties } = connection;
    const session = new Client({
      ...(await this.#place(connection)),
      application_name: properties['ApplicationName'],
      options: properties['options'],
      ssl: properties['sslmode'] === 'require' ? { rejectUnauthorized: false } : false,
    });
    // Ended by the server, by a later start for example; what is asked next says so.
    session.on('error', () => undefined);
    await session.connect();
    this.#sessions.add(session);
    return session;
  }

  async #place(connection: JobConnection) {
    const secret = JSON.parse(await this.#readSecret(connection.secret)) as Record<string, string | number>;
    return {
      host: String(connection.host ?? secret['host']),
      port: Number(connection.port ?? secret['port'] ?? connection.defaultPort),
      database: String(connection.dbname ?? secret['dbname']),
      user: String(secret['username']),
      password: String(secret['password']),
    };
  }
}

async function publishedIn(session: Client, { database }: JobTable) {
  const { rows } = await session.query({ text: database!.isPublished, rowMode: 'array' });
  const [row] = rows as [boolean, string, string][];
  return row?.[0] === true ? { rowsRead: Number(row[1]), rowsWritten: Number(row[2]) } : undefined;
}

/** As the driver sends it: many rows in one statement, and text of which the server makes what each column needs. */
async function insertRows(session: Client, { database }: JobTable, partition: number, rows: unknown[][]) {
  const columns = ['il_part', ...database!.columns.map(({ stage }) => stage)];
  const atOnce = Math.floor(MOST_PARAMETERS / columns.length);
  for (let first = 0; first < rows.length; first += atOnce) {
    const values = rows.slice(first, first + atOnce).map((row) => [partition, ...row]);
    const places = values.map(
      (row, index) => `(${row.map((_, column) => `$${index * row.length + column + 1}`).join(', ')})`,
    );
    await session.query(
      `insert into ${database!.stage} (${columns.map((name) => `"${name}"`).join(', ')}) values ${places.join(', ')}`,
      values.flat(),
    );
  }
}

/** JDBC's parameters as PostgreSQL's own. */
function numbered(sql: string): string {
  let number = 0;
  return sql.replaceAll(/"(?:[^"]|"")*"|\?/g, (part) => (part === '?' ? `$${(number += 1)}` : part));
}
