import { beforeEach, describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { showProgress, type ProgressStream } from '../../cli/progress.ts';
import type { Plan } from '../../src/model.ts';
import { LoadDocuments, planDocument, progressDocument } from '../../src/store/documents.ts';
import type { LoadStore } from '../../src/store/load-store.ts';

class Screen extends Writable implements ProgressStream {
  written = '';
  isTTY: boolean;
  columns = 120;
  rows = 24;
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  override _write(chunk: Buffer, _encoding: string, written: () => void) {
    this.written += chunk.toString();
    written();
  }
  // readline moves the cursor only on a stream that has these, as a terminal does.
  moveCursor(_dx: number, dy: number) {
    if (dy !== 0) this.written += `<${dy}>`;
    return true;
  }
}

function storeInMemory(): LoadStore {
  const documents = new Map<string, unknown>();
  return {
    address: 'memory',
    read: (path) => {
      reads += 1;
      return Promise.resolve(documents.get(path));
    },
    write: (path, document) => Promise.resolve(void documents.set(path, document)),
    create: () => Promise.reject(new Error('Progress creates nothing.')),
    remove: () => Promise.reject(new Error('Progress removes nothing.')),
    list: () => Promise.resolve([]),
  };
}

function planOf(tables: number): Plan {
  const ids = Array.from({ length: tables }, (_, index) => index + 1);
  return {
    tables: ids.map((id) => ({ source: `hr.t${id}`, estimatedRows: 1_000 })),
    ranges: ids.map((id) => ({ id, table: `hr.t${id}`, estimatedRows: 1_000 })),
    shards: [{ id: 's1', ranges: ids }],
  } as unknown as Plan;
}

let documents: LoadDocuments;
let reads: number;
let seconds: number;
const now = () => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const report = (tables: { table: string; rows: number; done: boolean }[]) =>
  documents.write(progressDocument('s1'), {
    tables: tables.map((table) => ({ ...table, bytes: 1 })),
    updatedAt: now().toISOString(),
  });
/** Ends when the store was looked at anew, and what was found there is drawn. */
async function aLook(): Promise<void> {
  const enough = reads + 3;
  while (reads < enough) await new Promise((resolve) => setTimeout(resolve, 1));
}
const begin = (screen: Screen) => showProgress(documents, screen, { now, everyMilliseconds: 5 });

beforeEach(() => {
  documents = new LoadDocuments(storeInMemory(), 'demo');
  seconds = 0;
  reads = 0;
});

test('nothing is shown before a shard has said how far it is', async () => {
  const screen = new Screen(false);
  await documents.write(planDocument, planOf(1));
  const progress = begin(screen);
  await aLook();
  await progress.stop();
  expect(screen.written).toBe('');
});

describe('without a terminal', () => {
  test('a plain line comes now and then and one for each table at the end', async () => {
    const screen = new Screen(false);
    await documents.write(planDocument, planOf(2));
    await report([{ table: 'hr.t1', rows: 0, done: false }]);
    const progress = begin(screen);
    await aLook();
    seconds = 5;
    await report([{ table: 'hr.t1', rows: 500, done: false }]);
    await aLook();
    expect(screen.written).toBe('500 of about 2,000 rows (25 %), 100 rows/s, 15 s left; now hr.t1\n');

    await report([
      { table: 'hr.t1', rows: 1_000, done: true },
      { table: 'hr.t2', rows: 1, done: true },
    ]);
    await progress.stop();
    expect(screen.written.split('\n').slice(1)).toEqual([
      'hr.t1  1,000 rows copied, 200 rows/s',
      expect.stringMatching(/^hr\.t2 {2}1 row copied/),
      '',
    ]);
  });

  test('no control character is written', async () => {
    const screen = new Screen(false);
    await documents.write(planDocument, planOf(1));
    await report([{ table: 'hr.t1', rows: 0, done: false }]);
    const progress = begin(screen);
    await aLook();
    await progress.stop();
    expect(screen.written).toBe('hr.t1  0 of about 1,000 rows (0 %), 0 rows/s\n');
  });

  test('a load that got no plan shows nothing', async () => {
    const screen = new Screen(false);
    const progress = begin(screen);
    await aLook();
    await progress.stop();
    expect(screen.written).toBe('');
  });
});

describe('on a terminal', () => {
  test('the last state is drawn and the cursor is back on a line of its own', async () => {
    const screen = new Screen(true);
    await documents.write(planDocument, planOf(2));
    await report([{ table: 'hr.t1', rows: 0, done: false }]);
    const progress = begin(screen);
    await aLook();
    await report([
      { table: 'hr.t1', rows: 1_234, done: true },
      { table: 'hr.t2', rows: 250, done: false },
    ]);
    await progress.stop();
    const lastFrame = screen.written.slice(screen.written.lastIndexOf('\u001b[?25h'));
    expect(lastFrame).toMatch(/hr\.t1 {2}\[=+\] {2}100 % +1,234 rows .* done/);
    expect(lastFrame).toMatch(/hr\.t2 {2}\[=+-+\] {3}25 % +250 of 1,000 rows/);
    expect(lastFrame.endsWith('\n')).toBe(true);
  });

  test('more tables than lines leave a line for the others together', async () => {
    const screen = new Screen(true);
    screen.rows = 8;
    await documents.write(planDocument, planOf(40));
    await report([{ table: 'hr.t1', rows: 0, done: false }]);
    const progress = begin(screen);
    await aLook();
    await progress.stop();
    const lastFrame = screen.written.slice(screen.written.lastIndexOf('\u001b[?25h'));
    expect(lastFrame.trimEnd().split('\n')).toHaveLength(5);
    expect(lastFrame).toContain('and 36 more');
  });
});

test('a store that cannot be read for a while does not end the load', async () => {
  const screen = new Screen(false);
  await documents.write(planDocument, planOf(1));
  const read = documents.store.read;
  documents.store.read = () => {
    reads += 1;
    return Promise.reject(new Error('the network is down'));
  };
  const progress = begin(screen);
  await aLook();
  documents.store.read = read;
  await report([{ table: 'hr.t1', rows: 7, done: true }]);
  await progress.stop();
  expect(screen.written).toBe('hr.t1  7 rows copied\n');
});
