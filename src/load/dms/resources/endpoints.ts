import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { adviceFor } from '../advice.ts';
import { callDms } from '../calls.ts';
import { endpointOf, type Side } from '../settings/endpoint-settings.ts';
import { askToEnd, type Ending } from './end.ts';
import { makeOnce, THERE_ALREADY, type Found } from './made.ts';
import { KINDS, nameOf, tagsOf } from '../names.ts';
import { digestOf, SETTINGS_TAG, type OwnedLoad } from '../../owned-load.ts';
import { tagsByArn } from './tags.ts';

export const SIDES: readonly Side[] = ['source', 'target'];

/** @returns the step's answer; undefined when it had been made before */
export async function makeEndpoint(load: Load, side: Side): Promise<StepAnswer | undefined> {
  const name = nameOf(load, side);
  const settings = endpointOf(load, side);
  const digest = digestOf(settings);
  return makeOnce(load, side, {
    create: () =>
      callDms(
        'CreateEndpoint',
        async ({ client, sdk }) => {
          const command = new sdk.CreateEndpointCommand({
            ...settings,
            EndpointIdentifier: name,
            ResourceIdentifier: name,
            Tags: [...tagsOf(load), { Key: SETTINGS_TAG, Value: digest }],
          });
          return (await client.send(command)).Endpoint?.EndpointArn ?? THERE_ALREADY;
        },
        { ResourceAlreadyExistsFault: THERE_ALREADY },
      ),
    find: async () => {
      const found = (await findEndpoints(load, [side]))[side];
      if (found !== undefined && found.status !== 'deleting') await assertSameSettings(name, found.arn, digest);
      return found;
    },
  });
}

async function assertSameSettings(name: string, arn: string, digest: string): Promise<void> {
  const tags = (await tagsByArn([arn])).get(arn);
  // Without any such tag it isn't ours: assertOurs, which comes next, says so.
  const found = tags?.get(SETTINGS_TAG);
  if (found === undefined || found === digest) return;
  throw new LoadFailedError(
    `There is a ${KINDS.source} ${name} that leads elsewhere. ${adviceFor('of another request')}`,
  );
}

/** By their names, in one request. */
export async function findEndpoints(load: OwnedLoad, sides: readonly Side[]): Promise<Partial<Record<Side, Found>>> {
  const endpoints = await callDms(
    'DescribeEndpoints',
    async ({ client, sdk }) => {
      const Filters = [{ Name: 'endpoint-id', Values: sides.map((side) => nameOf(load, side)) }];
      return (await client.send(new sdk.DescribeEndpointsCommand({ Filters }))).Endpoints ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
  const found: Partial<Record<Side, Found>> = {};
  for (const side of sides) {
    const endpoint = endpoints.find(({ EndpointIdentifier }) => EndpointIdentifier === nameOf(load, side));
    if (endpoint?.EndpointArn) found[side] = { arn: endpoint.EndpointArn, status: endpoint.Status ?? '' };
  }
  return found;
}

export function deleteEndpoint(_load: OwnedLoad, arn: string): Promise<Ending> {
  return askToEnd('DeleteEndpoint', ({ client, sdk }) =>
    client.send(new sdk.DeleteEndpointCommand({ EndpointArn: arn })),
  );
}
