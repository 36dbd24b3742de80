import type {
  ReplicationStats,
  ReplicationTaskStats,
  TableStatistics,
} from '@aws-sdk/client-database-migration-service';
import type { Asked, RunnerState, StartType, TableState } from './runner.ts';

interface Page {
  tables: TableStatistics[] | undefined;
  marker: string | undefined;
}

/** How DMS refuses what its state doesn't allow now. */
const REFUSED_NOW = 'InvalidResourceStateFault';
/** "Start Type : START_REPLICATION, valid only for tasks running for the first time": somebody else started it. */
const REFUSED_SECOND_START = 'InvalidParameterCombinationException';

/** A refusal that is no failure becomes an answer, with DMS's own words. */
export async function refusable(call: Promise<unknown>, type?: StartType): Promise<Asked> {
  try {
    await call;
    return { accepted: true };
  } catch (error) {
    const { name, message } = error as Error;
    const refused = name === REFUSED_NOW || (type === 'start-replication' && name === REFUSED_SECOND_START);
    if (refused) return { accepted: false, said: `${name}: ${message}` };
    throw error;
  }
}

type Stats = ReplicationTaskStats & ReplicationStats;

/** What both kinds of statistics say of runs. The date of the stop stands in for those of the start where DMS gives none. */
export function statsOf(stats: Stats | undefined): Pick<RunnerState, 'run' | 'percent' | 'tablesErrored'> {
  const { FreshStartDate, StartDate, StopDate, FullLoadProgressPercent: percent, TablesErrored } = stats ?? {};
  const started = [FreshStartDate, StartDate].filter((date) => date !== undefined);
  return {
    run: (started.length > 0 ? started : [StopDate]).map((date) => date?.toISOString() ?? '').join(' '),
    ...(percent !== undefined && { percent }),
    ...(TablesErrored !== undefined && { tablesErrored: TablesErrored }),
  };
}

function tableStateOf(statistics: TableStatistics): TableState {
  const { ValidationState, ValidationStateDetails, ValidationPendingRecords } = statistics;
  return {
    schema: statistics.SchemaName ?? '',
    table: statistics.TableName ?? '',
    rows: statistics.FullLoadRows ?? 0,
    state: statistics.TableState ?? '',
    run: statistics.FullLoadStartTime?.toISOString() ?? '',
    ...(ValidationState !== undefined && { validationState: ValidationState }),
    ...(ValidationStateDetails !== undefined && { validationDetails: ValidationStateDetails }),
    ...(ValidationPendingRecords !== undefined && { validationPending: ValidationPendingRecords }),
  };
}

/** All pages of a list of tables, as big as DMS gives them (DescribeTableStatistics, MaxRecords: at most 500). */
export async function listPages(
  page: (asked: { MaxRecords: number; Marker?: string }) => Promise<Page>,
): Promise<TableState[]> {
  const listed: TableState[] = [];
  for (let marker: string | undefined; ;) {
    const answer = await page({ MaxRecords: 500, ...(marker !== undefined && { Marker: marker }) });
    listed.push(...(answer.tables ?? []).map(tableStateOf));
    if (!answer.marker) return listed;
    marker = answer.marker;
  }
}
