import { randomBytes } from 'node:crypto';
import { Client, Pool, type QueryResult, type QueryResultRow } from 'pg';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { testServer } from './postgres-for-all.ts';

/** A real, empty database that belongs to one test. */
export interface TestDatabase {
  name: string;
  url: string;
  address: DatabaseAddress;
  /** One statement, or several without values. Answers the (last) statement's rows. */
  query<Row extends QueryResultRow = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** The same database for another user. */
  addressFor(user: string, password: string): DatabaseAddress;
  end(): Promise<void>;
}

export interface TestDatabases {
  createDatabase(): Promise<TestDatabase>;
  /** A role that may log in and nothing else, gone after dropAll(). */
  createRole(attributes?: string): Promise<{ user: string; password: string }>;
  /** Call it in afterAll: drops what this file made. */
  dropAll(): Promise<void>;
}

/** The databases of one test file, on the one server that all test files of a run share. */
export function openTestDatabases(): TestDatabases {
  const server = testServer();
  const releases: (() => Promise<void>)[] = [];

  return {
    async createDatabase() {
      const name = `test_${randomBytes(6).toString('hex')}`;
      // Of a template this small, copying the files takes a fifth of the time that writing them to the log does.
      await onServer(`create database ${name} strategy file_copy`);
      const database = openDatabase({ ...server, engine: 'postgres', host: '127.0.0.1', database: name });
      releases.push(async () => {
        await database.end();
        await onServer(`drop database ${name} with (force)`);
      });
      return database;
    },
    async createRole(attributes = '') {
      const user = `role_${randomBytes(6).toString('hex')}`;
      const password = randomBytes(9).toString('hex');
      await onServer(`create role ${user} login password '${password}' ${attributes}`);
      // Pushed first, released last: by then no database holds anything of the role's.
      releases.unshift(() => onServer(`drop role ${user}`));
      return { user, password };
    },
    async dropAll() {
      for (const release of releases.splice(0).toReversed()) await release();
    },
  };

  async function onServer(sql: string): Promise<void> {
    const client = new Client({ ...server, host: '127.0.0.1', database: 'postgres' });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

function openDatabase(address: DatabaseAddress): TestDatabase {
  const pool = new Pool({ ...address, max: 2, allowExitOnIdle: true });
  // Tests cut connections and drop databases under the pool.
  pool.on('error', () => {});
  let ended: Promise<void> | undefined;
  return {
    name: address.database,
    url: `postgres://${address.user}:${address.password}@${address.host}:${address.port}/${address.database}`,
    address,
    async query<Row extends QueryResultRow>(sql: string, values?: unknown[]) {
      const result: QueryResult<Row> | QueryResult<Row>[] = await pool.query<Row>(sql, values);
      return (Array.isArray(result) ? result.at(-1)! : result).rows as Row[];
    },
    addressFor: (user, password) => ({ ...address, user, password }),
    end: () => (ended ??= pool.end()),
  };
}
