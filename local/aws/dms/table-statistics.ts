import type * as Sdk from '@aws-sdk/client-database-migration-service';
import type { FullLoad } from './full-load.ts';
import type { TableProgress } from './mover.ts';
import { applyFilters, pageOf } from './pages.ts';
import type { World } from './world.ts';

const MOST = 500;

export function tableStatisticsOperations(world: World) {
  return {
    DescribeTableStatistics(input: Sdk.DescribeTableStatisticsMessage): Sdk.DescribeTableStatisticsResponse {
      const task = world.tasks.need(input.ReplicationTaskArn);
      const { items, marker } = statisticsOf(world, task.load, input);
      return { ReplicationTaskArn: task.arn, TableStatistics: items, ...marker };
    },

    DescribeReplicationTableStatistics(
      input: Sdk.DescribeReplicationTableStatisticsMessage,
    ): Sdk.DescribeReplicationTableStatisticsResponse {
      const replication = world.replications.need(input.ReplicationConfigArn);
      const { items, marker } = statisticsOf(world, replication.load, input);
      return { ReplicationConfigArn: replication.arn, ReplicationTableStatistics: items, ...marker };
    },
  };
}

function statisticsOf(
  world: World,
  load: FullLoad,
  input: Sdk.DescribeTableStatisticsMessage | Sdk.DescribeReplicationTableStatisticsMessage,
) {
  const found = applyFilters(load.tables(), input.Filters, {
    of: 'tables',
    fields: {
      'schema-name': ({ schema }) => schema,
      'table-name': ({ table }) => table,
      'table-state': ({ state }) => state,
    },
  });
  const { items, marker } = pageOf(found, input, { pageSize: world.pageSize, most: MOST });
  return { items: items.map(show), marker };
}

function show(progress: TableProgress): Sdk.TableStatistics {
  const { startedAt, endedAt, updatedAt, validationDetails } = progress;
  return {
    SchemaName: progress.schema,
    TableName: progress.table,
    Inserts: 0,
    Deletes: 0,
    Updates: 0,
    Ddls: 0,
    FullLoadRows: progress.rows,
    FullLoadCondtnlChkFailedRows: 0,
    FullLoadErrorRows: 0,
    ...(startedAt && { FullLoadStartTime: startedAt }),
    ...(endedAt && { FullLoadEndTime: endedAt }),
    FullLoadReloaded: progress.reloaded ?? false,
    ...(updatedAt && { LastUpdateTime: updatedAt }),
    TableState: progress.state,
    ValidationPendingRecords: 0,
    ValidationFailedRecords: 0,
    ValidationSuspendedRecords: 0,
    ValidationState: progress.validationState,
    ...(validationDetails !== undefined && { ValidationStateDetails: validationDetails }),
  };
}
