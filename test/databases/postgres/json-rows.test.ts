import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reconnect, type Client } from '../../../src/databases/postgres/connection.ts';
import { readJsonRows, selectJson } from '../../../src/databases/postgres/json-rows.ts';
import type { ReadTable } from '../../../src/databases/source-engine.ts';
import { makeTablesOfEveryType, tableOf, type ServerType } from '../../support/every-type.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

/** JSON has the elements of vectors, and no declaration of an XML document that says nothing (xml_out): not the same text. */
const OTHER_TEXT = ['int2vector', 'oidvector', 'xml'];

const databases = openTestDatabases();
let source: TestDatabase;
let client: Client;
beforeAll(async () => {
  source = await databases.createDatabase();
  client = await reconnect(source.address, { applicationName: 'test', field: 'source.connection' });
});
afterAll(async () => {
  await client.end();
  await databases.dropAll();
});

interface Row {
  key: string | null;
  value: string;
}
async function read(from: Client, select: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const block of readJsonRows(from, select))
    for (const { key, value } of block) rows.push({ key: key && String(key), value: String(value) });
  return rows;
}

/** What COPY would send, in blocks of other sizes. */
function cutInto(size: number, sent: Buffer): Client {
  const blocks = Array.from({ length: Math.ceil(sent.length / size) }, (_, index) =>
    sent.subarray(index * size, (index + 1) * size),
  );
  return { query: () => PassThrough.from(blocks) } as unknown as Client;
}

const HEAD = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const END = Buffer.from([0xff, 0xff]);
function field(text: string | null): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text === null ? -1 : Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text ?? '')]);
}
const tuple = ({ key, value }: Row) => Buffer.concat([Buffer.from([0, 2]), field(key), field(value)]);

describe('rows come out of the stream as they are, wherever it is cut', () => {
  const rows: Row[] = [
    { key: '{"id":1}', value: '{"id":1,"name":"Łukasz"}' },
    { key: null, value: '{}' },
    { key: '{"id":"￿￿"}', value: '' },
    { key: '', value: 'x'.repeat(300) },
  ];
  const sent = Buffer.concat([HEAD, ...rows.map(tuple), END]);

  test('into blocks of every size', async () => {
    for (let size = 1; size <= sent.length; size += 1) expect(await read(cutInto(size, sent), '')).toEqual(rows);
  });

  test('of no row at all', async () => {
    for (const size of [1, 2, 19, 100]) expect(await read(cutInto(size, Buffer.concat([HEAD, END])), '')).toEqual([]);
  });

  test('and one that ends in mid-row, or without its end, is an error', async () => {
    for (let missing = 1; missing < sent.length; missing += 7) {
      await expect(read(cutInto(50, sent.subarray(0, -missing)), '')).rejects.toThrow('end in mid-row');
    }
  });
});

describe('the rows of a table', () => {
  test('have their key under its own name, other columns under the target’s, within bounds', async () => {
    await source.query(`
      create table people (id int, "Größe" text, left_out text default 'x', area int, primary key (area, id));
      insert into people (id, area, "Größe") select g, g % 2, 'g"' || g from generate_series(1, 6) g`);
    const table: ReadTable = {
      name: 'public.people',
      only: false,
      key: { columns: ['area', 'id'], types: ['integer', 'integer'] },
      where: [],
    };
    const columns = [
      { source: 'Größe', target: 'size' },
      { source: 'id', target: 'id' },
    ];
    const rows = await read(client, selectJson(table, columns, { from: ['0', '4'], to: ['1', '3'] }));
    expect(rows.toSorted((one, other) => (one.key ?? '').localeCompare(other.key ?? ''))).toEqual([
      { key: '{"area":0,"id":6}', value: '{"size":"g\\"6","id":6}' },
      { key: '{"area":1,"id":1}', value: '{"size":"g\\"1","id":1}' },
      { key: '{"area":1,"id":3}', value: '{"size":"g\\"3","id":3}' },
    ]);
    const { key: _, ...keyless } = table;
    const all = await read(client, selectJson(keyless, [{ source: 'id', target: 'id' }], {}));
    expect(all.map(({ key }) => key)).toEqual(Array(6).fill(null));
  });

  test('of every type are what PostgreSQL makes of them, and lead back to the value', async () => {
    const types = await makeTablesOfEveryType(source, await databases.createDatabase());
    for (const type of types) await expectJsonOf(type);
  }, 120_000);

  async function expectJsonOf({ name, quoted }: ServerType): Promise<void> {
    const table: ReadTable = {
      name: `public.${tableOf(name)}`,
      only: false,
      key: { columns: ['id'], types: ['integer'] },
      where: [],
    };
    const columns = ['id', 'v', 'vs'].map((column) => ({ source: column, target: column }));
    const rows = await read(client, selectJson(table, columns, {}));
    const wanted = await client.query<Row>(
      `select json_build_object('id', id)::text as key, row_to_json(t)::text as value from public.${tableOf(name)} t`,
    );
    expect(rows.map(({ value }) => value).toSorted()).toEqual(wanted.rows.map(({ value }) => value).toSorted());
    if (OTHER_TEXT.includes(name)) return;
    // A value that is JSON stands in the row as it is, but for space around it; its null and a column's are one.
    const taken = name.startsWith('json') && name !== 'jsonpath' ? `-> 'v'` : `->> 'v'`;
    for (const { value } of rows) {
      const { id } = JSON.parse(value) as { id: number };
      const [text] = (await client.query<{ v: string | null }>(`select ($1::json ${taken})::text as v`, [value])).rows;
      // As a parameter, the text is read as the type's own input is.
      const { rows: both } = await client.query<{ sent: string | null; held: string | null }>(
        `select $1::${quoted}::text as sent, v::text as held from public.${tableOf(name)} where id = ${id}`,
        [text!.v],
      );
      const { sent, held } = both[0]!;
      if (taken === `-> 'v'`) expect([name, sent?.trim()]).toEqual([name, held?.trim() ?? 'null']);
      else expect([name, sent]).toEqual([name, held]);
    }
  }
});
