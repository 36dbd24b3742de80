import type { Client } from '../../databases/postgres/connection.ts';
import { reconnect as reconnectTo } from '../../databases/postgres/connection.ts';
import { sessionName } from '../../databases/postgres/sessions.ts';
import type { DatabaseAddress } from '../../databases/address.ts';
import type { Shard } from '../../model.ts';
import type { Bookkeeping } from '../../target/bookkeeping.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import type { Load } from '../../services.ts';
import type { SharedSnapshot } from './snapshot.ts';
import type { ProgressLog } from '../progress-log.ts';

/** Everything that the workers of one invocation of one shard share. */
export interface Invocation {
  load: Load;
  shard: Shard;
  fence: { shard: string; token: string };
  bookkeeping: Bookkeeping;
  source: DatabaseAddress;
  target: DatabaseAddress;
  snapshot: SharedSnapshot;
  progress: ProgressLog;
  /** Aborted when the invocation must stop: its time is over, or a sibling worker failed. */
  stop: AbortController;
  until: Date;
  /** True when an earlier invocation copied a part of this shard already, so that its rows are of an older snapshot. */
  resumed: boolean;
}

/** The two addresses of a load between databases. */
export async function addressesOf(load: Load): Promise<{ source: DatabaseAddress; target: DatabaseAddress }> {
  const target = databaseTargetOf(load.request);
  if (!target) throw new Error('The direct strategy needs a database as its target.');
  const { services, request } = load;
  return {
    source: await services.resolveConnection(request.source.connection, 'source.connection', request.source.engine),
    target: await services.resolveConnection(target.connection, 'target.connection', target.engine),
  };
}

/** The name that the sessions of a shard begin with; see takeFence. */
export function shardSessions(loadId: string, shard: string): string {
  return sessionName(loadId, `${shard} `);
}

/** Connects under a name that tells the session from all others. @throws TransientError, LoadFailedError */
export function reconnect(address: DatabaseAddress, loadId: string, part: string): Promise<Client> {
  return reconnectTo(address, { applicationName: sessionName(loadId, part), field: part });
}
