import { expect, test } from '@jest/globals';
import { judge } from '../../../../src/load/replay/signal/judge.ts';
import { noteIn, type Note } from '../../../../src/load/replay/signal/notes.ts';

const ASKED = { id: 'il-1', table: 'hr.people' };

/** As Debezium 3.6 writes them: a few words each, `<id> <type> <tables> <scanned> <status> <rows>`. */
function notes(...lines: string[]): Note[] {
  return lines.map((line, at) => {
    const [id, type, tables = '-', scanned, status, rows] = line.split(' ');
    const data = {
      connector_name: 'live',
      ...(tables !== '-' && { data_collections: tables }),
      ...(scanned && { scanned_collection: scanned, status, total_rows_scanned: rows }),
    };
    const note = { id, type, aggregate_type: 'Incremental Snapshot', additional_data: data, timestamp: at };
    return noteIn(Buffer.from(JSON.stringify(note)))!;
  });
}

const STARTED = 'il-1 STARTED hr.people';
const SCANNED = 'il-1 TABLE_SCAN_COMPLETED hr.people hr.people SUCCEEDED 250';

test.each<[string, string[], object]>([
  ['nothing was said', [], { state: 'unseen' }],
  ['another snapshot ended', ['other STARTED hr.pair', 'other COMPLETED'], { state: 'unseen' }],
  ['it has begun', [STARTED], { state: 'running', behind: [], paused: false }],
  ['somebody paused it', [STARTED, 'il-1 PAUSED hr.people'], { state: 'running', behind: [], paused: true }],
  [
    'it was resumed',
    [STARTED, 'il-1 PAUSED hr.people', 'il-1 RESUMED hr.people'],
    { state: 'running', behind: [], paused: false },
  ],
  [
    'others are read before it',
    ['il-1 IN_PROGRESS hr.pair,hr.people'],
    { state: 'running', behind: ['hr.pair'], paused: false },
  ],
  ['it was read and more may follow', [STARTED, SCANNED], { state: 'running', behind: [], paused: false }],
  ['it is done', [STARTED, SCANNED, 'il-1 COMPLETED'], { state: 'done', rows: 250 }],
  [
    'there was no row',
    [STARTED, 'il-1 TABLE_SCAN_COMPLETED hr.people hr.people EMPTY 0', 'il-1 COMPLETED'],
    { state: 'done', rows: 0 },
  ],
  ['it was asked for twice', [STARTED, SCANNED, SCANNED, 'il-1 COMPLETED'], { state: 'done', rows: 500 }],
  [
    'somebody asked for more meanwhile',
    [STARTED, 'other TABLE_SCAN_COMPLETED hr.people hr.people SUCCEEDED 9', 'other COMPLETED'],
    { state: 'overtaken' },
  ],
  ['somebody asked at once', ['other IN_PROGRESS hr.people,hr.pair', 'other COMPLETED'], { state: 'overtaken' }],
  [
    'it was stopped',
    [STARTED, 'il-1 COMPLETED', 'some-id ABORTED hr.people'],
    { state: 'failed', why: 'somebody stopped it' },
  ],
  [
    'it was stopped, and others go on',
    [STARTED, 'il-1 ABORTED hr.people'],
    { state: 'failed', why: 'somebody stopped it' },
  ],
  [
    'the query failed',
    [STARTED, 'il-1 TABLE_SCAN_COMPLETED hr.people hr.people SQL_EXCEPTION 0'],
    { state: 'failed', why: "the connector's query failed; its log says why" },
  ],
  [
    'an end of an unknown kind',
    [STARTED, 'il-1 TABLE_SCAN_COMPLETED hr.people hr.people SKIPPED 0'],
    { state: 'failed', why: 'the connector says SKIPPED' },
  ],
])('%s', (_story, lines, judged) => {
  expect(judge(notes(...lines), ASKED)).toEqual(judged);
});

test("what isn't said of incremental snapshots, or is no JSON, is no note", () => {
  expect(noteIn(Buffer.from('{"id":"1","type":"SKIPPED","aggregate_type":"Initial Snapshot"}'))).toBeUndefined();
  expect(noteIn(Buffer.from('\0\0\0\0\x01'))).toBeUndefined();
  expect(noteIn(Buffer.alloc(0))).toBeUndefined();
});

test('a note may stand behind its schema', () => {
  const payload = {
    id: 'il-1',
    type: 'COMPLETED',
    aggregate_type: 'Incremental Snapshot',
    additional_data: null,
    timestamp: 7,
  };
  expect(noteIn(Buffer.from(JSON.stringify({ schema: {}, payload })))).toEqual({
    id: 'il-1',
    type: 'COMPLETED',
    connector: '',
    at: 7,
    tables: [],
  });
});
