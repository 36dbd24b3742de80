import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Notification } from '../../examples/consumer.ts';
import type { LoadResult } from '../../src/model.ts';
import type { Load } from '../../src/services.ts';
import { positionsDocument, stitchPointDocument, verificationDocument } from '../../src/store/documents.ts';
import { takePositionBefore } from '../../src/verify/positions.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  requestOf,
  setLoadStage,
  settleAndRestore,
  tearDown,
  verify,
} from '../support/loads.ts';
import { start } from '../local/processes.ts';
import { SLOT, type StitchStage } from './stitch-stage.ts';

/** What the consumer is told, with the conditions that were checked. */
export type Told = Notification & Pick<LoadResult, 'stitchPoint'>;

const CHUNK_ROWS = 40;
const FIRST_LIFE_MILLISECONDS = 2_500;

/** The steps of one load, in this process, with something in between. */
export async function loadHere(
  stage: StitchStage,
  options: {
    table: string;
    /** Takes one of the stitch point's two waits out. */
    without?: 'writers' | 'publisher' | undefined;
    whileCopying?: (() => Promise<void>) | undefined;
    copied?: (() => Promise<void>) | undefined;
  },
): Promise<Told> {
  const { table, without } = options;
  const brokers = { brokers: [stage.brokers], security: { kind: 'plaintext' as const } };
  const place = await setLoadStage(stage.addressOf('source'), stage.addressOf('target'), { brokers });
  try {
    const loadId = table.replace('hr.', 'stitch-');
    const topics = topicsOf(stage, table, without === 'publisher' ? undefined : SLOT);
    const request = requestOf([table], { topics, direct: { chunkRows: CHUNK_ROWS } });
    const load = await plannedLoad(place.services, request, loadId);
    if (without === 'writers') await ignoreWriters(load);
    await provision(load);
    await options.whileCopying?.();
    await advanceAll(load);
    await options.copied?.();
    await settleAndRestore(load);
    await verify(load);
    await tearDown(load, 'succeeded');
    const tables = await load.documents.need(verificationDocument);
    const wrong = tables.flatMap(({ mismatches }) => mismatches);
    if (wrong.length > 0) throw new Error(`${table} was not verified: ${wrong.join('; ')}`);
    return { tables, stitchPoint: await load.documents.need(stitchPointDocument) };
  } finally {
    await place.remove();
  }
}

/** As if nobody was writing when the position was taken. */
async function ignoreWriters(load: Load): Promise<void> {
  await takePositionBefore(load);
  const positions = await load.documents.need(positionsDocument);
  const before = { ...positions.before!, writersLeft: [] };
  await load.documents.write(positionsDocument, { ...positions, before });
}

/**
 * The same load by the command line, in processes that are killed, or stopped and overtaken, at some moments; then the same
 * command again.
 * @returns also how many processes were killed or stopped before they had ended
 */
export async function loadInProcesses(
  stage: StitchStage,
  { table, harm, random }: { table: string; harm: 'kill' | 'stop'; random: () => number },
): Promise<{ told: Told; harmed: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-stitch-'));
  try {
    const [request, store] = [join(directory, 'request.json'), join(directory, 'store')];
    await writeFile(request, JSON.stringify(requestWithUrls(stage, table)));
    const loadId = table.replace('hr.', 'stitch-');
    const { source, target } = { source: stage.postgres.url('source'), target: stage.postgres.url('target') };
    const env = { SOURCE_URL: source, TARGET_URL: target, BROKERS: stage.brokers };
    const again = () => start(['run', request, '--local', '--store', store, '--load-id', loadId, '--json'], env);
    let harmed = 0;
    const first = again();
    await Promise.race([first.ended, delay(400 + random() * FIRST_LIFE_MILLISECONDS)]);
    if (first.child.exitCode === null) {
      harmed += 1;
      first.child.kill(harm === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    }
    if (harm === 'kill') await first.ended;
    const last = harmed > 0 ? await again().ended : await first.ended;
    first.child.kill('SIGCONT');
    await first.ended;
    const result = await readFile(join(store, 'loads', loadId, 'result.json'), 'utf8').catch(() => '{}');
    const { status, tables, stitchPoint } = JSON.parse(result) as LoadResult;
    if (status !== 'SUCCEEDED')
      throw new Error(`The load of ${table} ended with ${last.status}: ${last.stderr}${last.stdout}`);
    return { told: { tables, ...(stitchPoint && { stitchPoint }) }, harmed };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function requestWithUrls(stage: StitchStage, table: string): object {
  return {
    dataset: 'test',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: [table] },
    target: { engine: 'postgres', connection: 'env:TARGET_URL' },
    topics: topicsOf(stage, table, SLOT),
    direct: { chunkRows: CHUNK_ROWS },
    onFailure: 'keep',
  };
}

function topicsOf(stage: StitchStage, table: string, replicationSlot: string | undefined): object {
  const topics = { brokers: 'env:BROKERS', tables: { [table]: stage.debezium.topicOf(table) } };
  return { ...topics, ...(replicationSlot !== undefined && { replicationSlot }) };
}
