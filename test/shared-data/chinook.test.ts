import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verificationDocument } from '../../src/store/documents.ts';
import { setDmsStage, stopAwsStandIns, throughDms } from '../support/dms-stage.ts';
import { loadAll, plannedLoad, requestOf, setLoadStage } from '../support/loads.ts';
import { openTestDatabases } from '../support/postgres.ts';

/** The Chinook sample database, which lies beside the repository; see its README there for where it comes from. */
const FILE = resolve(import.meta.dirname, '../../../shared/data/chinook-postgres.sql');
const TABLES = [
  'album',
  'artist',
  'customer',
  'employee',
  'genre',
  'invoice',
  'invoice_line',
  'media_type',
  'playlist',
  'playlist_track',
  'track',
];

const databases = openTestDatabases();
let script: { schema: string; whole: string };

beforeAll(async () => {
  script = splitScript(await readScript());
});
afterAll(async () => {
  await stopAwsStandIns();
  await databases.dropAll();
});

const WAYS: [strategy: string, setStage: typeof setLoadStage, settings: Record<string, unknown>][] = [
  ['direct', setLoadStage, { direct: { chunkRows: 500 } }],
  ['dms', (source, target) => setDmsStage(source, target), throughDms],
];

test.each(WAYS)(
  'by %s the Chinook database arrives whole in an empty copy of its schema, with its constraints as before',
  async (_, setStage, settings) => {
    const [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
    await source.query(script.whole);
    await target.query(script.schema);
    const constraints = `select conrelid::regclass::text as "table", conname, contype, convalidated, pg_get_constraintdef(oid) as definition
    from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`;
    const before = await target.query(constraints);
    expect(before.filter(({ contype }) => contype === 'f')).toHaveLength(11);

    const stage = await setStage(source.address, target.address);
    try {
      const load = await plannedLoad(stage.services, requestOf(['public.*'], settings));
      expect(await loadAll(load)).toBe(true);
      const verified = await load.documents.need(verificationDocument);
      expect(verified.map((table) => table.source).toSorted()).toEqual(TABLES.map((table) => `public.${table}`));
      for (const { source: name, verified: ok, mismatches, sourceRows } of verified) {
        expect({ name, ok, mismatches }).toEqual({ name, ok: true, mismatches: [] });
        expect(sourceRows).toBeGreaterThan(0);
      }
    } finally {
      await stage.remove();
    }
    for (const table of TABLES) {
      const rows = `select t::text as row from public.${table} t order by t::text collate "C"`;
      expect(await target.query(rows)).toEqual(await source.query(rows));
    }
    expect(await target.query(constraints)).toEqual(before);
    expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  },
);

async function readScript(): Promise<string> {
  try {
    return await readFile(FILE, 'utf8');
  } catch (error) {
    throw new Error(
      `This test needs the Chinook database as ${FILE}, which is not there. It is chinook-postgres.sql of a checkout's sibling folder shared/data.`,
      { cause: error },
    );
  }
}

/** Without what makes and enters the database; the schema is everything but the rows. */
function splitScript(text: string): { schema: string; whole: string } {
  const whole = text.replaceAll(/^(DROP DATABASE|CREATE DATABASE|\\c).*$/gm, '');
  const statements = whole.split(/;\s*$/m);
  return {
    whole,
    schema: statements.filter((statement) => !/^\s*(--.*\s*|\/\*[^]*?\*\/\s*)*INSERT INTO/.test(statement)).join(';\n'),
  };
}
