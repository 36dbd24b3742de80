import { tableNameOf } from '../../../request/table-name.ts';
import type { Load } from '../../../services.ts';
import { lobLimitKilobytes } from '../weigh/lobs.ts';
import { loadedAtOnce } from './segments.ts';

const DEFAULT_COMMIT_RATE = 10_000;
/** DMS sets aside the limit of a large object times the commit rate; beyond its memory it swaps. */
const LOB_MEMORY_KILOBYTES = 640_000;
/** Large objects up to this come with their rows; longer ones are looked up one by one. */
const INLINE_LOB_KILOBYTES = 32;
/** More lets tasks fail, says AWS. */
const LOB_CHUNK_KILOBYTES = 64;

/**
 * How a task loads: the JSON of CreateReplicationTask's ReplicationTaskSettings. Every setting is named whose default would
 * hide a failure: by default DMS logs an error or suspends a table and goes on, cuts values off, finds no table and
 * succeeds, and starts again by itself beside rows that are there already.
 *
 * AWS's user guide for DMS, "Specifying task settings".
 */
export function taskSettings(load: Pick<Load, 'request' | 'survey' | 'plan'>): string {
  const { request, plan } = load;
  return JSON.stringify({
    TargetMetadata: {
      SupportLobs: true,
      // Tables for which this can't be have a limit of their own in the table mappings.
      FullLobMode: true,
      LobChunkSize: LOB_CHUNK_KILOBYTES,
      LimitedSizeLobMode: false,
      InlineLobMaxSize: INLINE_LOB_KILOBYTES,
      LoadMaxFileSize: 0,
      ParallelLoadThreads: 0,
      BatchApplyEnabled: false,
      TaskRecoveryTableEnabled: false,
    },
    FullLoadSettings: {
      // The tables are prepared, and emptied, by whoever calls DMS.
      TargetTablePrepMode: 'DO_NOTHING',
      CreatePkAfterFullLoad: false,
      StopTaskCachedChangesApplied: false,
      StopTaskCachedChangesNotApplied: false,
      MaxFullLoadSubTasks: loadedAtOnce(request.limits.maxSourceConnections),
      TransactionConsistencyTimeout: 600,
      CommitRate: commitRate(load),
    },
    ErrorBehavior: {
      DataErrorPolicy: 'STOP_TASK',
      DataTruncationErrorPolicy: 'STOP_TASK',
      DataErrorEscalationPolicy: 'STOP_TASK',
      DataErrorEscalationCount: 0,
      EventErrorPolicy: 'STOP_TASK',
      TableErrorPolicy: 'STOP_TASK',
      TableErrorEscalationPolicy: 'STOP_TASK',
      TableErrorEscalationCount: 0,
      // A task that restarts itself would load a half-loaded table again without emptying it.
      RecoverableErrorCount: 0,
      FailOnNoTablesCaptured: true,
      FullLoadIgnoreConflicts: false,
    },
    ValidationSettings: {
      EnableValidation: request.dms?.validation ?? false,
      ValidationMode: 'ROW_LEVEL',
      ValidationOnly: false,
      HandleCollationDiff: true,
      SkipLobColumns: false,
      ValidationPartialLobSize: 0,
    },
    Logging: { EnableLogging: true },
    ControlTablesSettings: {
      // Where the load's own bookkeeping stands too: DMS always makes its table of exceptions.
      ControlSchema: plan.tables[0] ? tableNameOf(plan.tables[0].target).schema : '',
      StatusTableEnabled: false,
      SuspendedTablesTableEnabled: false,
      HistoryTableEnabled: false,
    },
  });
}

function commitRate({ survey, plan }: Pick<Load, 'survey' | 'plan'>): number {
  const limits = plan.tables.map((table) => lobLimitKilobytes(table, survey) ?? 0);
  const rate = Math.floor(LOB_MEMORY_KILOBYTES / Math.max(1, ...limits));
  return Math.min(DEFAULT_COMMIT_RATE, rate);
}
