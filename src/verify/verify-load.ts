import { explainInLoad } from '../databases/postgres/errors.ts';
import { sessionName } from '../databases/postgres/sessions.ts';
import type { Source } from '../databases/source-engine.ts';
import { sourceEngineOf } from '../databases/source-engines.ts';
import { replicationTopic } from '../kafka/replication-topic.ts';
import type { SourcePositions, TableCounts, TablePlan, TableVerification } from '../model.ts';
import { isUpsert } from '../request/database-target.ts';
import { filesOf, filesTargetOf } from '../request/files-target.ts';
import type { Load } from '../services.ts';
import { callAgainAtOnce, type StepAnswer } from '../step.ts';
import {
  checksumsDocument,
  positionsDocument,
  replayedTopicsDocument,
  shardDocument,
  stitchPointDocument,
  verificationDocument,
} from '../store/documents.ts';
import { compareCounts, isSourceAsCopied, type Counted } from './compare.ts';
import { countChanges, countInSource, countsDocument, piecesOf, total, type Counts, type Piece } from './counting.ts';
import { takePositionAfter, takeTopicsAfter } from './positions.ts';
import { stitchPointOf } from './stitch-point.ts';
import { addUp } from './table-counts.ts';
import { openTarget, type TargetCounter } from './target-counter.ts';
import { verifyPublished } from './verify-published.ts';

export type VerifyAnswer = Extract<StepAnswer, { status: 'working' }> | { status: 'done'; verified: boolean };

/** A session reports its writes to the server's statistics within 10 s of going idle (PostgreSQL 15 and later). */
const STATISTICS_LAG_SECONDS = 12;
const ASK_AGAIN_SECONDS = 3;

/**
 * Counts both sides, key range by key range, until `until`; called again it goes on from where it was. When everything is
 * counted it writes the verification and the stitch point. A mismatch is a result: `verified: false`.
 *
 * @throws TransientError when a connection was cut, LoadFailedError with the database's own words
 */
export async function verifyLoad(load: Load, until: Date): Promise<VerifyAnswer> {
  try {
    const { source, target } = await openBoth(load);
    try {
      await takePositionAfter(load, source);
      if (load.request.topics?.signals) return await judgePublished(load, source, until);
      const pieces = piecesOf(load);
      const counts = (await load.documents.read(countsDocument)) ?? {};
      const counted = await Promise.all([
        countSide('source', (piece) => countInSource(source, load, piece)),
        countSide('target', (piece) => target.count(piece)),
      ]);
      await load.documents.write(countsDocument, counts);
      if (!counted.every(Boolean)) return callAgainAtOnce;
      if (!(await takeTopicsAfter(load, source))) return { status: 'working', waitSeconds: ASK_AGAIN_SECONDS };
      return await judge(source, load, pieces, counts);

      /** @returns whether everything is counted before the time was over */
      async function countSide(side: Piece['side'], count: (piece: Piece) => Promise<number>): Promise<boolean> {
        for (const piece of pieces) {
          if (piece.side !== side || counts[piece.name] !== undefined) continue;
          if (load.services.now() >= until) return false;
          counts[piece.name] = await count(piece);
        }
        return true;
      }
    } finally {
      await Promise.allSettled([source.end(), target.end()]);
    }
  } catch (error) {
    throw explainInLoad(error, 'Counting both sides');
  }
}

async function judgePublished(load: Load, source: Source, until: Date): Promise<VerifyAnswer> {
  const tables = await verifyPublished(load, until);
  if (!tables) return callAgainAtOnce;
  if (!(await takeTopicsAfter(load, source))) return { status: 'working', waitSeconds: ASK_AGAIN_SECONDS };
  return write(load, tables, (await load.documents.read(positionsDocument)) ?? {});
}

async function write(load: Load, tables: TableVerification[], positions: SourcePositions): Promise<VerifyAnswer> {
  await load.documents.write(verificationDocument, tables);
  const keyless = load.plan.tables.filter((table) => !table.key).map((table) => table.source);
  await load.documents.write(stitchPointDocument, stitchPointOf(load.request, positions, keyless));
  return { status: 'done', verified: tables.every((table) => table.verified) };
}

async function judge(source: Source, load: Load, pieces: Piece[], counts: Counts): Promise<VerifyAnswer> {
  const positions = (await load.documents.read(positionsDocument)) ?? {};
  const copied = await copiedRows(load);
  const checksums = (await load.documents.read(checksumsDocument)) ?? {};
  const replayed = (await load.documents.read(replayedTopicsDocument)) ?? [];
  const tables: TableVerification[] = [];
  let statisticsMayLag = false;
  for (const table of load.plan.tables) {
    const counted: Counted = {
      source: table.source,
      target: shownTarget(load, table),
      copied: copied.get(table.source) ?? nothingCopied(table),
      ...(table.counting && { counting: table.counting }),
      sourceRows: total(pieces, counts, 'source', table),
      targetRows: total(pieces, counts, 'target', table),
      upsert: isUpsert(load.request),
      compacted: replayed.some((topic) => topic.table === table.source && topic.compacted === true),
      ...(checksums[table.source] !== undefined && { checksum: checksums[table.source] }),
    };
    const changed = isSourceAsCopied(counted) ? undefined : await countChanges(source, load, table, positions);
    statisticsMayLag ||= changed !== undefined;
    tables.push(compareCounts({ ...counted, ...changed }));
  }
  if (
    statisticsMayLag &&
    tables.some((table) => !table.verified) &&
    withinStatisticsLag(load, positions.after?.takenAt)
  ) {
    return { status: 'working', waitSeconds: ASK_AGAIN_SECONDS };
  }
  return write(load, tables, positions);
}

/** What a person finds the rows by. */
function shownTarget({ loadId, request, plan }: Load, { source, target }: TablePlan): string {
  const files = filesTargetOf(request);
  if (files) return filesOf(files, target);
  const live = plan.liveTopics?.find(({ table }) => table === source);
  if (live) return live.topic;
  return request.target ? target : replicationTopic({ loadId, dataset: request.dataset }, source);
}

/** A mismatch may be explained by changes that the source's statistics don't show yet. */
function withinStatisticsLag(load: Load, takenAt: string | undefined): boolean {
  return takenAt !== undefined && load.services.now().getTime() - Date.parse(takenAt) < STATISTICS_LAG_SECONDS * 1_000;
}

/** What the shards' records say was copied, for each table. */
async function copiedRows(load: Load): Promise<Map<string, TableCounts>> {
  const records = await Promise.all(load.plan.shards.map((shard) => load.documents.need(shardDocument(shard.id))));
  return addUp(records.flatMap((record) => record.counts ?? []));
}

function nothingCopied(table: TablePlan): TableCounts {
  return { table: table.source, rowsRead: 0, rowsWritten: 0, rowsRemoved: 0, rowsReread: 0 };
}

async function openBoth(load: Load): Promise<{ source: Source; target: TargetCounter }> {
  const { services, request, loadId } = load;
  const { connection, engine } = request.source;
  const applicationName = sessionName(loadId, 'verify');
  const field = 'source.connection';
  const [source, target] = await Promise.allSettled([
    services
      .resolveConnection(connection, field, engine)
      .then((address) => sourceEngineOf(engine).reconnect(address, { applicationName, field })),
    openTarget(load, applicationName),
  ]);
  if (source.status === 'fulfilled' && target.status === 'fulfilled')
    return { source: source.value, target: target.value };
  for (const opened of [source, target])
    if (opened.status === 'fulfilled') await opened.value.end().catch(() => undefined);
  throw source.status === 'rejected' ? source.reason : (target as PromiseRejectedResult).reason;
}
