import { expect } from '@jest/globals';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import type { Load } from '../../src/services.ts';
import type { LoadStage } from '../support/loads.ts';
import type { TestDatabase, TestDatabases } from '../support/postgres.ts';

const ROWS = 20_000;
export const CONTRACT_SCHEMA = `
  create schema hr;
  create table hr.departments (id int primary key, name text not null);
  create table hr.employees (id int primary key, name text not null, department int references hr.departments);
  create table hr.log (at timestamptz not null, what text);`;
export const CONTRACT_DATA = `
  insert into hr.departments select g, 'Département ' || g from generate_series(-4, 5) g;
  insert into hr.employees select g, 'Łukasz ' || g, g % 5 from generate_series(1, ${ROWS}) g;
  insert into hr.log select now(), 'line ' || g from generate_series(1, 500) g;
  analyze;`;
export const CONTRACT_TABLES = ['hr.departments', 'hr.employees', 'hr.log'];

export type SetStage = (source: DatabaseAddress, target: DatabaseAddress) => Promise<LoadStage>;

/** Where the rows go, as somebody sees it who has no part in the load. */
export interface ContractTarget {
  stage: LoadStage;
  /** As long as the load is not torn down. */
  expectEverythingOnce(load: Load): Promise<void>;
  /** Rows that anybody can see, of all tables. */
  countRows(load: Load): Promise<number>;
  /** Everything is as it was found, but for the rows that a load leaves if it has succeeded. */
  expectTornDown(load: Load, outcome: 'succeeded' | 'failed'): Promise<void>;
}

/** A database with the same tables, which are empty. */
export async function openContractDatabase(
  databases: TestDatabases,
  source: TestDatabase,
  setStage: SetStage,
): Promise<ContractTarget> {
  const target = await databases.createDatabase();
  await target.query(CONTRACT_SCHEMA);
  const found = await shapeOf(target);
  const expectEverythingOnce = async () => {
    for (const table of CONTRACT_TABLES) expect(await digestOf(target, table)).toEqual(await digestOf(source, table));
  };
  return {
    stage: await setStage(source.address, target.address),
    expectEverythingOnce,
    countRows: () => countAll(target),
    async expectTornDown(_load, outcome) {
      if (outcome === 'succeeded') await expectEverythingOnce();
      else expect(await countAll(target)).toBe(0);
      expect(await shapeOf(target)).toBe(found);
      const sessions = `select application_name from pg_stat_activity
        where datname = current_database() and application_name like 'il %'`;
      expect(await target.query(sessions)).toEqual([]);
    },
  };
}

/** Everything of a database that a load could leave behind or change, besides rows. */
async function shapeOf(database: TestDatabase): Promise<string> {
  const relations = await database.query(
    `select n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2`,
  );
  const constraints = await database.query(
    `select conrelid::regclass::text as "table", conname, pg_get_constraintdef(oid) as definition, convalidated
       from pg_constraint where contype = 'f' order by 1, 2`,
  );
  return JSON.stringify({ relations, constraints });
}

async function digestOf(database: TestDatabase, table: string): Promise<Record<string, unknown>[]> {
  return database.query(
    `select count(*), md5(string_agg(t::text, '|' order by t::text collate "C")) as digest from ${table} t`,
  );
}

async function countAll(database: TestDatabase): Promise<number> {
  const rows = await database.query<{ rows: string }>(
    'select (select count(*) from hr.departments) + (select count(*) from hr.employees) + (select count(*) from hr.log) as rows',
  );
  return Number(rows[0]?.rows);
}
