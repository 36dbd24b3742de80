import { expect } from '@jest/globals';
import { escapeLiteral } from 'pg';
import { awkwardValues, OBJECTS_THAT_VALUES_NAME } from './awkward-values.ts';
import type { TestDatabase } from './postgres.ts';

export interface ServerType {
  name: string;
  quoted: string;
  send: string;
}

/** Tables of every type that the server has, in the source with awkward values: alone, in arrays, as NULL. */
export async function makeTablesOfEveryType(source: TestDatabase, target: TestDatabase): Promise<ServerType[]> {
  // The target makes them later and in another order, so that their numbers differ.
  await source.query(OBJECTS_THAT_VALUES_NAME);
  await target.query('create table public.first_of_all (); create type public.before_them as enum ()');
  await target.query(OBJECTS_THAT_VALUES_NAME);
  await target.query('drop table public.first_of_all');

  const types = await storableTypes(source);
  expect(types.filter(({ name }) => awkwardValues[name] === undefined).map(({ name }) => name)).toEqual([]);
  for (const { name, quoted } of types) {
    const create = `create table public.${tableOf(name)} (id int primary key, v ${quoted}, vs ${quoted}[])`;
    await target.query(create);
    await source.query(create);
    for (const [index, value] of awkwardValues[name]!.entries()) {
      await source.query(`insert into ${tableOf(name)} (id, v) values (${index}, ${escapeLiteral(value)}::${quoted})`);
    }
    await source.query(`
      insert into ${tableOf(name)} values (-1, null, null), (-2, null, '{}');
      update ${tableOf(name)} set vs[-1] = v, vs[1] = v where id >= 0;
      insert into ${tableOf(name)} (id, vs)
        select 1000 + id, array[array[v, null], array[null, v]] from ${tableOf(name)} where id >= 0`);
  }
  return types;
}

/** The catalogue's own, without those whose input function refuses every value (0A000): nothing can be stored of them. */
export async function storableTypes(database: TestDatabase): Promise<ServerType[]> {
  const types = await database.query<ServerType>(
    `select typname as name, format_type(oid, null) as quoted, typsend::text as send from pg_type t
      where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm')
        and not exists (select from pg_type e where e.typarray = t.oid) order by typname`,
  );
  const storable: ServerType[] = [];
  for (const type of types) {
    const refusal = await database
      .query(`select '1'::${type.quoted}`)
      .catch((error: unknown) => (error as { code: string }).code);
    if (refusal !== '0A000') storable.push(type);
  }
  expect(storable.length).toBeGreaterThan(60);
  return storable;
}

/** What the type's send function answers, or its text where the binary form is none or of one database. */
export async function losslessly(database: TestDatabase, { name, send }: ServerType): Promise<unknown[]> {
  const byText = send === '-' || name.startsWith('reg');
  const rows = await database.query(
    `select id, v::text as text, vs::text as texts, pg_typeof(v)::text as type, array_dims(vs) as dims
       ${byText ? '' : `, encode(array_send(array[v]), 'hex') as bytes, encode(array_send(vs), 'hex') as "arrayBytes"`}
       from ${tableOf(name)} order by id`,
  );
  expect(rows.length).toBe(2 + 2 * awkwardValues[name]!.length);
  return [name, ...rows];
}

export function tableOf(type: string): string {
  return `t_${type}`;
}
