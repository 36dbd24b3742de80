import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verificationDocument } from '../../src/store/documents.ts';
import { CHINOOK_CONSTRAINTS, CHINOOK_TABLES, chinookForPostgres } from '../support/chinook.ts';
import { setDmsStage, stopAwsStandIns, throughDms } from '../support/dms-stage.ts';
import { loadAll, plannedLoad, requestOf, setLoadStage } from '../support/loads.ts';
import { openTestDatabases } from '../support/postgres.ts';

const databases = openTestDatabases();
let script: { schema: string; whole: string };

beforeAll(async () => {
  script = await chinookForPostgres();
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
    const before = await target.query(CHINOOK_CONSTRAINTS);
    expect(before.filter(({ contype }) => contype === 'f')).toHaveLength(11);

    const stage = await setStage(source.address, target.address);
    try {
      const load = await plannedLoad(stage.services, requestOf(['public.*'], settings));
      expect(await loadAll(load)).toBe(true);
      const verified = await load.documents.need(verificationDocument);
      expect(verified.map((table) => table.source).toSorted()).toEqual(
        CHINOOK_TABLES.map((table) => `public.${table}`),
      );
      for (const { source: name, verified: ok, mismatches, sourceRows } of verified) {
        expect({ name, ok, mismatches }).toEqual({ name, ok: true, mismatches: [] });
        expect(sourceRows).toBeGreaterThan(0);
      }
    } finally {
      await stage.remove();
    }
    for (const table of CHINOOK_TABLES) {
      const rows = `select t::text as row from public.${table} t order by t::text collate "C"`;
      expect(await target.query(rows)).toEqual(await source.query(rows));
    }
    expect(await target.query(CHINOOK_CONSTRAINTS)).toEqual(before);
    expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  },
);
