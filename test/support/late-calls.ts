import * as sdk from '@aws-sdk/client-database-migration-service';
import { jest } from '@jest/globals';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import type { MachineEnd } from '../../local/run-machine.ts';
import { testDeployment } from './dms-stage.ts';
import { gate, type Held } from './gate.ts';
import type { WholeLoads } from './whole-loads.ts';

/** Somebody's subnet group, in which a load's instance may stand: it outlives the load. */
export const SUBNETS = 'the-subnets';

export async function makeSubnets(client: sdk.DatabaseMigrationServiceClient): Promise<void> {
  const command = new sdk.CreateReplicationSubnetGroupCommand({
    ReplicationSubnetGroupIdentifier: SUBNETS,
    ReplicationSubnetGroupDescription: 'Given',
    SubnetIds: testDeployment.subnetIds,
  });
  await client.send(command);
}

/**
 * Keeps a request back before it is sent, or its answer before anybody gets it; call jest.restoreAllMocks after it.
 * @param about how a field of the request ends, say an identifier; @param client of which service
 */
export function holdBack(
  what: 'request' | 'answer',
  operation: string,
  about = '',
  { prototype }: { prototype: { send: unknown } } = sdk.DatabaseMigrationServiceClient,
): Held {
  const { pass, ...held } = gate();
  const send = prototype.send as (command: unknown) => Promise<unknown>;
  const holding = async function (this: unknown, command: { input: object }): Promise<unknown> {
    const isIt = command.constructor.name === `${operation}Command`;
    if (!isIt || !Object.values(command.input).some((value) => String(value).endsWith(about))) {
      return send.call(this, command);
    }
    if (what === 'request') await pass();
    const answer = await send.call(this, command);
    if (what === 'answer') await pass();
    return answer;
  };
  jest.spyOn(prototype as { send(): unknown }, 'send').mockImplementation(holding as never);
  return held;
}

let count = 0;

export function newLoad(loads: WholeLoads, more: Record<string, unknown>) {
  return { loadId: `late-${(count += 1)}`, attempt: 1, request: loads.request(more) };
}

export interface StartedLoad {
  loadId: string;
  /** Its execution, without what it had begun; then the tear-down that the rule starts. @returns how the execution ended */
  abort(): Promise<MachineEnd['status']>;
}

/** Started, and in the middle of what is held back. */
export async function startUntil(
  loads: WholeLoads,
  { reached }: Held,
  more: Record<string, unknown>,
): Promise<StartedLoad> {
  const input = newLoad(loads, more);
  const { loadId } = input;
  const name = `${loadId}-1`;
  const stop = new AbortController();
  const end = loads.executions.start('initial-load', name, input, { signal: stop.signal });
  await Promise.race([reached, end]);
  return {
    loadId,
    async abort() {
      stop.abort();
      const { status } = await end;
      await tellRule(name, status, input);
      await loads.executions.endOf('tear-down', name);
      return status;
    },
  };
}

/** The rule on status changes, of which AWS leaves the input out when it is too long. */
export async function tellRule(name: string, status: string, input: object | null): Promise<void> {
  const detail = { name, status, input: input && JSON.stringify(input) };
  await statusChanged({ detail }, { getRemainingTimeInMillis: () => 60_000 });
}

/** What the consumer heard of a load. */
export function toldOf(loads: WholeLoads, loadId: string): string[] {
  return loads.told.filter((one) => one.loadId === loadId).map(({ type }) => type);
}
