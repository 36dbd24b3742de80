import {
  DatabaseMigrationServiceClient,
  DescribeReplicationsCommand,
  DescribeReplicationTableStatisticsCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  InvalidResourceStateFault,
  ReloadReplicationTablesCommand,
  ReloadTablesCommand,
  StartReplicationCommand,
  StartReplicationTaskCommand,
  type ReplicationTask,
  type TableStatistics,
} from '@aws-sdk/client-database-migration-service';
import { mockClient } from 'aws-sdk-client-mock';
import { useRegion } from '../../../src/aws/clients.ts';

/**
 * What DMS says of one runner, set by hand, and what it was asked. Once started it is in the status that a test names,
 * of a new run; a start or a reload that its state doesn't allow is refused as DMS refuses it.
 */
export class ScriptedDms {
  readonly mock = mockClient(DatabaseMigrationServiceClient);
  status = 'ready';
  stopReason: string | undefined;
  message: string | undefined;
  tablesErrored: number | undefined = 0;
  tables: TableStatistics[] = [];
  /** Where a start leads. */
  whenStarted: () => void = () => (this.status = 'running');
  gone = false;
  /** What the next starts end in, instead. */
  failures: Error[] = [];
  #runs = 0;

  constructor() {
    useRegion('eu-central-1');
    this.mock
      .on(DescribeReplicationTasksCommand)
      .callsFake(() => ({ ReplicationTasks: this.gone ? [] : [this.#task()] }));
    this.mock.on(DescribeReplicationsCommand).callsFake(() => {
      const { ReplicationTaskArn: _, ReplicationTaskStats, LastFailureMessage, ...described } = this.#task();
      const FailureMessages = LastFailureMessage === undefined ? [] : [LastFailureMessage];
      const replication = {
        ...described,
        ReplicationConfigArn: 'arn',
        ReplicationStats: ReplicationTaskStats,
        FailureMessages,
      };
      return { Replications: this.gone ? [] : [replication] };
    });
    this.mock.on(DescribeTableStatisticsCommand).callsFake((input: { Marker?: string }) => this.#page(input.Marker));
    this.mock.on(DescribeReplicationTableStatisticsCommand).callsFake((input: { Marker?: string }) => {
      const { TableStatistics: ReplicationTableStatistics, Marker } = this.#page(input.Marker);
      return { ReplicationTableStatistics, Marker };
    });
    for (const command of [StartReplicationTaskCommand, StartReplicationCommand]) {
      this.mock
        .on(command as typeof StartReplicationTaskCommand)
        .callsFake((input: { StartReplicationTaskType?: string; StartReplicationType?: string }) => {
          const failure = this.failures.shift();
          if (failure) throw failure;
          if (!['ready', 'created', 'stopped', 'failed'].includes(this.status)) throw refusal(this.status);
          this.begin(input.StartReplicationTaskType ?? input.StartReplicationType);
          return {};
        });
    }
    for (const command of [ReloadTablesCommand, ReloadReplicationTablesCommand]) {
      this.mock
        .on(command as typeof ReloadTablesCommand)
        .callsFake((input: { TablesToReload: { TableName: string }[] }) => {
          if (this.status !== 'running') throw refusal(this.status);
          for (const { TableName } of input.TablesToReload) {
            this.setTable(TableName, 'Table is being reloaded', 0);
            this.tables.find((table) => table.TableName === TableName)!.FullLoadStartTime = new Date(++this.#runs);
          }
          return {};
        });
    }
  }

  begin(type = 'start-replication'): void {
    this.#runs += 1;
    this.stopReason = undefined;
    for (const table of this.tables) {
      if (type === 'resume-processing' && table.TableState === 'Table completed') continue;
      this.setTable(table.TableName!, 'Before load', 0, { FullLoadStartTime: undefined });
    }
    this.whenStarted();
  }

  stop(reason: string | undefined, status = 'stopped'): void {
    this.status = status;
    this.stopReason = reason === undefined ? undefined : `Stop Reason ${reason}`;
  }

  setTable(table: string, state: string, rows = 10, more: TableStatistics = {}): void {
    const known = this.tables.find(({ TableName }) => TableName === table);
    const told = { SchemaName: 'hr', TableName: table, TableState: state, FullLoadRows: rows, ...more };
    if (known) Object.assign(known, told);
    else this.tables.push(told);
  }

  setTables(states: Record<string, string>): void {
    for (const [table, state] of Object.entries(states)) this.setTable(table, state);
  }

  /** Names of calls in their order, and what starts and reloads were asked for. */
  get asked(): string[] {
    return this.mock.calls().map(({ args: [command] }) => {
      const name = command.constructor.name.replace('Command', '');
      const input = command.input as {
        StartReplicationTaskType?: string;
        StartReplicationType?: string;
        TablesToReload?: { TableName: string }[];
      };
      const detail =
        input.StartReplicationTaskType ??
        input.StartReplicationType ??
        input.TablesToReload?.map(({ TableName }) => TableName).join(',');
      return detail === undefined ? name : `${name} ${detail}`;
    });
  }

  /** Without those that only look. */
  get orders(): string[] {
    return this.asked.filter((name) => !name.startsWith('Describe'));
  }

  forget(): void {
    this.mock.resetHistory();
  }

  #task(): ReplicationTask {
    const date = this.#runs === 0 ? {} : { FreshStartDate: new Date(0), StartDate: new Date(this.#runs * 1_000) };
    const errored = this.tablesErrored === undefined ? {} : { TablesErrored: this.tablesErrored };
    return {
      ReplicationTaskArn: 'arn',
      Status: this.status,
      StopReason: this.stopReason,
      LastFailureMessage: this.message,
      ReplicationTaskStats: { FullLoadProgressPercent: 0, ...errored, ...date },
    };
  }

  /** Pages as DMS makes them: 500 tables. */
  #page(marker: string | undefined) {
    const from = Number(marker ?? 0);
    const next = from + 500;
    return {
      TableStatistics: this.tables.slice(from, next),
      ...(next < this.tables.length && { Marker: String(next) }),
    };
  }
}

function refusal(status: string): Error {
  return new InvalidResourceStateFault({ message: `It is ${status}.`, $metadata: {} });
}
