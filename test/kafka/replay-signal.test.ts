import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { advanceBySignal } from '../../src/load/replay/signal/advance.ts';
import { stopBySignal } from '../../src/load/replay/signal/stop.ts';
import type { Load } from '../../src/services.ts';
import {
  replayedTopicsDocument,
  shardDocument,
  verificationDocument,
  waitingForDocument,
} from '../../src/store/documents.ts';
import { surveyDatabases } from '../../src/survey/survey.ts';
import { findUnpublished } from '../../src/verify/unpublished-keys.ts';
import {
  advanceAll,
  loadAll,
  provision,
  setStatus,
  settleAndRestore,
  tearDown as tearDownLoad,
  verify,
} from '../support/loads.ts';
import { compare } from './published.ts';
import { nobodyLags, replay, SIGNALS, SignalStage, SNAPSHOT_CHUNK_ROWS } from './signal-stage.ts';
import { Writer } from './written-table.ts';

const NO_DIFFERENCES = { gaps: 0, resurrected: 0, stale: 0 };

let stage: SignalStage;
beforeAll(async () => {
  stage = await SignalStage.open();
}, 180_000);
afterAll(() => stage.close());

function inAMinute(): Date {
  return new Date(Date.now() + 60_000);
}

function proofOf(load: Load, from: number[]) {
  const [table] = load.plan.tables;
  return findUnpublished(load, { table: table!, topic: stage.topicOf(table!.source), from }, inAMinute());
}

async function tearDown(load: Load) {
  await setStatus(load, 'closed');
  return stopBySignal(load);
}

/** Until the connector is in the middle of a snapshot of the table. @throws what ends the load before */
async function begun(table: string, from: number[], replaying: Promise<unknown>): Promise<void> {
  const isOver = replaying.then(() => true);
  while ((await stage.endsOf(table)).every((end, partition) => end <= from[partition]!)) {
    if (await Promise.race([isOver, delay(20)])) throw new Error('The load was over before it was seen to begin.');
  }
}

async function failureOf(work: Promise<unknown>): Promise<Error> {
  const [ended] = await Promise.allSettled([work]);
  if (ended.status === 'fulfilled') throw new Error('It has not failed.');
  return ended.reason as Error;
}

test('a consumer that begins where the live topic ended has every row as it is, while a writer changes them', async () => {
  await stage.makeTable('hr.written');
  const from = await stage.endsOf('hr.written');
  const load = await stage.plan(stage.request('hr.written'), 'written');
  const writer = new Writer({
    url: stage.postgres.url('source'),
    table: 'hr.written',
    seed: 1,
    changesPerSecond: 200,
  });
  await replay(load);
  await writer.stop();
  const proof = await proofOf(load, from);
  const differences = compare(await stage.rowsOf('hr.written'), await stage.consumedSince('hr.written', from));
  console.log(`with ${writer.changes} changes: ${JSON.stringify(differences)}; ${JSON.stringify(proof)}`);
  expect(differences).toEqual(NO_DIFFERENCES);
  expect(proof).toMatchObject({ missing: 0, samples: [] });
  expect(writer.changes).toBeGreaterThan(100);
  expect(await load.documents.need(shardDocument(load.plan.shards[0]!.id))).toMatchObject({ status: 'succeeded' });
  const removed = await tearDown(load);
  expect(removed).toEqual([{ type: 'signals', id: SIGNALS, status: 'deleted' }]);
  expect(await stage.signals()).toEqual([]);
  expect(await stopBySignal(load)).toEqual([]);
});

test('a whole load is planned, verified by the keys in the topic, and leaves nothing in the signal table', async () => {
  await stage.makeTable('hr.whole');
  const load = await stage.plan(stage.request('hr.whole'), 'whole');
  expect(load.plan.reasons.join()).toContain(`the connector that publishes them is asked to, through ${SIGNALS}`);
  expect(await loadAll(load)).toBe(true);
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    { target: stage.topicOf('hr.whole'), sourceRows: 1_800, targetRows: 1_800, verified: true },
  ]);
  const [replayed] = await load.documents.need(replayedTopicsDocument);
  expect(replayed!.partitions.reduce((sum, { rows }) => sum + rows, 0)).toBe(1_800);
  expect(await stage.signals()).toEqual([]);
});

test('asked for nothing, the connector only publishes changes: the rows are written as it writes them', async () => {
  await stage.makeTable('hr.unasked');
  const from = await stage.endsOf('hr.unasked');
  const load = await stage.plan(
    stage.request('hr.unasked', { topics: { signals: undefined }, kafka: { chunkRows: 100 } }),
    'unasked',
  );
  expect(load.plan.reasons.join()).toContain("hr.unasked is written in Debezium's envelope");
  const writer = new Writer({
    url: stage.postgres.url('source'),
    table: 'hr.unasked',
    seed: 2,
    changesPerSecond: 200,
  });
  await provision(load);
  await advanceAll(load);
  await writer.stop();
  await settleAndRestore(load);
  expect(await verify(load)).toBe(true);
  expect(writer.changes).toBeGreaterThan(50);
  const rows = await stage.rowsOf('hr.unasked');
  expect(compare(rows, await stage.consumedSince('hr.unasked', from))).toEqual(NO_DIFFERENCES);
  await tearDownLoad(load, 'succeeded');
});

test('a connector that is killed in the middle of a part and started again leaves no gap in two tables', async () => {
  await Promise.all(['hr.killed', 'hr.next'].map((table) => stage.makeTable(table)));
  const [from, next] = [await stage.endsOf('hr.killed'), await stage.endsOf('hr.next')];
  const load = await stage.plan(stage.request(['hr.killed', 'hr.next']), 'killed');
  const replaying = replay(load);
  await begun('hr.killed', from, replaying);
  await stage.debezium.kill();
  await stage.source.query(`update hr.killed set note = 'while it was away' where id % 7 = 0`);
  await stage.debezium.start();
  await replaying;
  const differences = compare(await stage.rowsOf('hr.killed'), await stage.consumedSince('hr.killed', from));
  expect(differences).toEqual(NO_DIFFERENCES);
  expect(await proofOf(load, from)).toMatchObject({ missing: 0, sourceRows: 1_800 });
  expect(compare(await stage.rowsOf('hr.next'), await stage.consumedSince('hr.next', next))).toEqual(NO_DIFFERENCES);
  await tearDown(load);
  expect(await stage.signals()).toEqual([]);
});

test('closing a load stops the snapshot, and nobody asks for more', async () => {
  await stage.makeTable('hr.closed');
  const from = await stage.endsOf('hr.closed');
  const load = await stage.plan(stage.request('hr.closed', { kafka: { chunkRows: 1_500 } }), 'closed');
  const replaying = replay(load);
  await begun('hr.closed', from, replaying);
  const [removed, failure] = await Promise.all([tearDown(load), failureOf(replaying)]);
  expect(failure.name).toBe('LoadClosedError');
  expect(removed).toEqual([
    { type: 'replay', id: 'snapshot of hr.closed', status: 'deleted' },
    { type: 'signals', id: SIGNALS, status: 'deleted' },
  ]);
  const ends = await stage.endsOf('hr.closed');
  await expect(advanceBySignal(load, load.plan.shards[0]!, inAMinute(), nobodyLags)).rejects.toMatchObject({
    name: 'LoadClosedError',
  });
  await delay(1_500);
  expect(await stage.endsOf('hr.closed')).toEqual(ends);
  expect((await stage.eventsSince('hr.closed', from)).length).toBeLessThan(1_800);
  expect(await stage.signals()).toEqual([]);
});

test('of a load that was closed while the connector was away, that one reads a chunk at most when it is back', async () => {
  await stage.makeTable('hr.away');
  const from = await stage.endsOf('hr.away');
  const load = await stage.plan(stage.request('hr.away', { kafka: { chunkRows: 1_500 } }), 'away');
  await stage.debezium.kill();
  try {
    const replaying = replay(load);
    while ((await stage.signals()).length === 0) await delay(20);
    const [removed, failure] = await Promise.all([tearDown(load), failureOf(replaying)]);
    // Its session was ended, or it saw in time that the load is closed.
    expect(['TransientError', 'LoadClosedError']).toContain(failure.name);
    expect(removed).toMatchObject([
      { type: 'replay', status: 'failed' },
      { type: 'signals', status: 'deleted' },
    ]);
  } finally {
    await stage.debezium.start();
  }
  await delay(1_500);
  await stage.published();
  expect((await stage.eventsSince('hr.away', from)).length).toBeLessThanOrEqual(SNAPSHOT_CHUNK_ROWS);
  // As the sweep does, where something could not be removed.
  expect(await stopBySignal(load)).toMatchObject([{ type: 'signals', status: 'deleted' }]);
  expect(await stage.signals()).toEqual([]);
});

test('two invocations at once ask for each part once', async () => {
  await stage.makeTable('hr.twice');
  const from = await stage.endsOf('hr.twice');
  const load = await stage.plan(stage.request('hr.twice'), 'twice');
  await Promise.all([replay(load, nobodyLags, 2), replay(load, nobodyLags, 3)]);
  const asked = (await stage.signals()).filter(({ type }) => type === 'execute-snapshot');
  expect(asked).toHaveLength(5);
  expect(await stage.eventsSince('hr.twice', from)).toHaveLength(1_800);
  await Promise.all([tearDown(load), tearDown(load)]);
  expect(await stage.signals()).toEqual([]);
});

test('as long as others lag nothing is asked for, and whoever watches is told of whom it waits for', async () => {
  await stage.makeTable('hr.lagging');
  const from = await stage.endsOf('hr.lagging');
  const load = await stage.plan(stage.request('hr.lagging'), 'lagging');
  const lags = async () => ['the group billing by 5,000 records'];
  const answer = await advanceBySignal(load, load.plan.shards[0]!, inAMinute(), lags);
  expect(answer).toEqual({ status: 'working', waitSeconds: 15 });
  expect(await stage.signals()).toEqual([]);
  expect((await load.documents.need(waitingForDocument)).what).toBe(
    'other consumers to catch up: the group billing by 5,000 records',
  );
  let asked = 0;
  await replay(load, async () => ((asked += 1) === 2 ? lags() : []));
  expect(asked).toBe(6);
  expect(await stage.eventsSince('hr.lagging', from)).toHaveLength(1_800);
  expect(await load.documents.read(waitingForDocument)).toBeUndefined();
  await tearDown(load);
});

test('only rows that a condition lets through are published, and looked for', async () => {
  await stage.makeTable('hr.filtered');
  await stage.source.query(`update hr.filtered set note = '\\ it''s "odd", $1 and ?' where id % 3 = 0`);
  await stage.published();
  const from = await stage.endsOf('hr.filtered');
  const where = [{ column: 'note', is: `\\ it's "odd", $1 and ?` }];
  const load = await stage.plan(stage.request({ name: 'hr.filtered', where }), 'filtered');
  await replay(load);
  const wanted = await stage.rowsOf('hr.filtered', 'id % 3 = 0');
  expect(compare(wanted, await stage.consumedSince('hr.filtered', from))).toEqual(NO_DIFFERENCES);
  const proof = await proofOf(load, from);
  expect(proof).toMatchObject({ sourceRows: wanted.size, missing: 0 });
  expect(proof!.partitions.reduce((sum, { reads }) => sum + reads, 0)).toBe(wanted.size);
  await tearDown(load);
});

test('records come no faster than the request allows', async () => {
  await stage.makeTable('hr.slow');
  const load = await stage.plan(stage.request('hr.slow', { limits: { maxRecordsPerSecond: 300 } }), 'slow');
  const begunAt = Date.now();
  await replay(load);
  // Four parts of five must be over before the last one is asked for.
  expect((Date.now() - begunAt) / 1_000).toBeGreaterThan(1_600 / 300);
  await tearDown(load);
});

test("a part that somebody else's snapshot overtakes is asked for again", async () => {
  await Promise.all(['hr.overtaken', 'hr.other'].map((table) => stage.makeTable(table)));
  const from = await stage.endsOf('hr.overtaken');
  const load = await stage.plan(stage.request('hr.overtaken'), 'overtaken');
  const replaying = replay(load);
  await begun('hr.overtaken', from, replaying);
  const data = JSON.stringify({ type: 'incremental', 'data-collections': ['hr.other'] });
  await stage.source.query(`insert into ${SIGNALS} values ('somebody', 'execute-snapshot', $1)`, [data]);
  await replaying;
  expect(await proofOf(load, from)).toMatchObject({ sourceRows: 1_800, missing: 0 });
  const asked = (await stage.signals()).filter(({ id }) => id.startsWith('il-'));
  expect(asked).toHaveLength(6);
  await tearDown(load);
  expect(await stage.signals()).toEqual([{ id: 'somebody', type: 'execute-snapshot' }]);
  await stage.source.query(`delete from ${SIGNALS}`);
});

test('a table that the connector does not capture fails the load', async () => {
  await stage.source.query(
    'create table public.uncaptured (id int primary key); insert into public.uncaptured values (1)',
  );
  await stage.kafka.admin.createTopics({ topics: ['live.public.uncaptured'], partitions: 1, replicas: 1 });
  const load = await stage.plan(stage.request('public.uncaptured'), 'uncaptured');
  await expect(replay(load)).rejects.toMatchObject({
    name: 'LoadFailedError',
    message:
      "The connector's snapshot of public.uncaptured failed: the connector doesn't capture the table (table.include.list).",
  });
  await tearDown(load);
  expect(await stage.signals()).toEqual([]);
});

test('a row without a record in the topic is found', async () => {
  await stage.makeTable('hr.unpublished');
  const from = await stage.endsOf('hr.unpublished');
  await stage.source.query('update hr.unpublished set version = 1 where id > 3');
  await stage.source.query('delete from hr.unpublished where id = 5');
  await stage.published();
  const load = await stage.plan(stage.request('hr.unpublished'), 'unpublished');
  const [table] = load.plan.tables;
  const soon = new Date(Date.now() + 10_000);
  const proof = await findUnpublished(load, { table: table!, topic: stage.topicOf('hr.unpublished'), from }, soon);
  expect(proof).toEqual({
    sourceRows: 1_799,
    partitions: [expect.objectContaining({ reads: 0 }), expect.objectContaining({ reads: 0 })],
    missing: 3,
    samples: ['["1"]', '["2"]', '["3"]'],
  });
});

test('what cannot work is refused before anything is asked', async () => {
  await stage.makeTable('hr.refused');
  await stage.source.query(`create table public.no_signals (id int, type text);
    create table public.unpublished (id text, type text, data text);`);
  const refusal = async (signals: object) => {
    const topics = { signals: { table: SIGNALS, notifications: 'debezium-notifications', ...signals } };
    const [ended] = await Promise.allSettled([
      surveyDatabases(stage.request('hr.refused', { topics }), stage.services),
    ]);
    return ended.status === 'fulfilled' ? 'accepted' : (ended.reason as Error).message;
  };
  expect(await refusal({ table: 'signals' })).toMatch(/^topics.signals.table \("signals"\): it is not schema.table\./);
  expect(await refusal({ table: 'public.nowhere' })).toMatch(/the source has no such table/);
  expect(await refusal({ table: 'public.no_signals' })).toMatch(/it has no column of text called id, data/);
  await stage.source.query(`create table public.short (id text, type text, data varchar(1000))`);
  expect(await refusal({ table: 'public.short' })).toMatch(/its column data holds 1000 characters, and a signal/);
  expect(await refusal({ notifications: 'nowhere' })).toMatch(
    /^topics.signals.notifications \("nowhere"\): the brokers have no such topic/,
  );
  expect(await refusal({})).toBe('accepted');
  expect(() => stage.request('hr.refused', { strategy: 'auto' })).toThrow(/^topics.signals: /);
  expect(() => stage.request('hr.refused', { source: { engine: 'mysql' } })).toThrow(/^source.engine \("mysql"\): /);
});
