import { LoadFailedError } from '../../../errors.ts';
import type { GlueDeployment, Load } from '../../../services.ts';
import { adviceFor } from '../advice.ts';
import { callGlue } from '../calls.ts';
import { KINDS, nameOf } from '../names.ts';
import { makeOnce, THERE_ALREADY } from './made.ts';

/** What places the job's workers into the deployment's VPC. It leads to no database: the job finds those by their secrets. */
export async function makeNetwork(load: Load, network: NonNullable<GlueDeployment['network']>): Promise<void> {
  const name = nameOf(load, 'network');
  await makeOnce(load, 'network', network, async (tags) => {
    const answered = await callGlue<string>(
      'CreateConnection',
      async ({ client, sdk }) => {
        const command = new sdk.CreateConnectionCommand({
          ConnectionInput: {
            Name: name,
            Description: `Of the load ${load.loadId}`,
            ConnectionType: 'NETWORK',
            ConnectionProperties: {},
            PhysicalConnectionRequirements: {
              SubnetId: network.subnetId,
              AvailabilityZone: network.availabilityZone,
              SecurityGroupIdList: network.securityGroupIds,
            },
          },
          Tags: tags,
        });
        return (await client.send(command)).CreateConnectionStatus ?? 'READY';
      },
      { AlreadyExistsException: THERE_ALREADY },
    );
    if (answered === 'FAILED') {
      throw new LoadFailedError(`The ${KINDS.network} ${name} is FAILED. ${adviceFor('connection failed')}`);
    }
    return answered === THERE_ALREADY ? THERE_ALREADY : 'made';
  });
}
