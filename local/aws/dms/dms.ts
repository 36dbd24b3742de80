import { startJsonService, type JsonService } from '../json-service.ts';
import { RequestBucket } from '../request-bucket.ts';
import { assessmentOperations } from './assessments.ts';
import { connectionOperations } from './connections.ts';
import { DataFaults } from './data-faults.ts';
import { endpointOperations } from './endpoints.ts';
import { ENUMS } from './enums.ts';
import { instanceOperations } from './instances.ts';
import type { Mover } from './mover.ts';
import { replicationOperations } from './replications.ts';
import { subnetGroupOperations } from './subnet-groups.ts';
import { tableStatisticsOperations } from './table-statistics.ts';
import { tagOperations } from './tags.ts';
import { taskOperations } from './tasks.ts';
import { vanish } from './vanish.ts';
import { createWorld, type Kept } from './world.ts';

/** A stand-in for AWS DMS, not the service: its calls for full loads, and what they take, by the clock it is given. */
export interface DmsStandIn extends JsonService {
  dataFaults: DataFaults;
  bucket: RequestBucket;
  /** Everything that exists right now, what is being deleted included. */
  resources(): Resource[];
  /** Resolves when no rows are on their way: by real time, whatever the clock says. */
  settled(): Promise<void>;
}
export interface Resource {
  type: 'subnet group' | 'replication instance' | 'endpoint' | 'replication task' | 'replication config';
  id: string;
  arn: string;
}

export interface DmsOptions {
  now(): Date;
  region: string;
  mover: Mover;
  /** The most that a page of an answer holds. */
  pageSize?: number;
  /** Whether an account's bucket of requests can run empty; true, unless told. */
  throttles?: boolean;
}

export async function startDms({
  now,
  region,
  mover,
  pageSize = Infinity,
  throttles = true,
}: DmsOptions): Promise<DmsStandIn> {
  const dataFaults = new DataFaults();
  const bucket = new RequestBucket(now, throttles ? {} : { capacity: Infinity });
  const world = createWorld({ now, region, mover, dataFaults, pageSize });
  const runners = () => [...world.tasks.list(), ...world.replications.list()];
  const tick = () => {
    for (const { load } of runners()) load.tick();
  };
  const operations = {
    ...subnetGroupOperations(world),
    ...instanceOperations(world),
    ...endpointOperations(world),
    ...connectionOperations(world),
    ...taskOperations(world),
    ...replicationOperations(world),
    ...tableStatisticsOperations(world),
    ...assessmentOperations(world),
    ...tagOperations(world),
  };
  const service = await startJsonService({
    targetPrefix: 'AmazonDMSv20160101',
    model: await import('@aws-sdk/client-database-migration-service'),
    enums: ENUMS,
    operations,
    now,
    tick,
    vanish: (input) => vanish(world, input),
    bucket,
  });
  return {
    ...service,
    dataFaults,
    bucket,
    resources: () => [
      ...world.subnetGroups.list().map(as('subnet group')),
      ...world.instances.list().map(as('replication instance')),
      ...world.endpoints.list().map(as('endpoint')),
      ...world.tasks.list().map(as('replication task')),
      ...world.replications.list().map(as('replication config')),
    ],
    async settled() {
      tick();
      await Promise.all(runners().map(({ load }) => load.settled()));
    },
    async stop() {
      await service.stop();
      await Promise.all(runners().map(({ load }) => load.stop()));
    },
  };
}

function as(type: Resource['type']) {
  return ({ identifier, arn }: Kept): Resource => ({ type, id: identifier, arn });
}
