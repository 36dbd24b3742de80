import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { documentName } from '../../../store/documents.ts';
import { adviceFor } from '../advice.ts';
import { callDms } from '../calls.ts';
import type { Side } from '../settings/endpoint-settings.ts';
import { SIDES } from './endpoints.ts';
import { needArn, readMade, rememberReady } from './made.ts';
import { BETWEEN_CREATES_SECONDS, POLL_SECONDS, waitFor } from '../../pace.ts';

/** Which tests this attempt asked for, and how often DMS said that it can't test now. */
interface Tests {
  asked: Side[];
  refusals: number;
  /** Looks, one after the other, at which DMS didn't show each of them. */
  unseen: number;
}
const testsDocument = documentName<Tests>('dms/connection-tests.json');

/** From then on what DMS says of a refused test is a failure: some minutes of waiting. */
const MOST_REFUSALS = 20;
/** After so many looks what isn't shown is asked for again: where its instance or endpoint is gone, DMS says so then. */
const MOST_UNSEEN = 3;

/**
 * Both connections tested from the instance; DMS refuses to start a task before. Each attempt asks for tests of its own,
 * since what DMS shows of an earlier one may be over, and looks only in a later call, when DMS shows the new one.
 * @returns undefined once both are successful
 * @throws LoadFailedError with what DMS says of a connection that fails
 */
export async function testConnections(load: Load, instanceArn: string): Promise<StepAnswer | undefined> {
  const made = await readMade(load);
  if (SIDES.every((side) => made.ready.includes(side))) return undefined;
  const arnOf = (side: Side) => needArn(made, side);
  const tests = (await load.documents.read(testsDocument)) ?? { asked: [], refusals: 0, unseen: 0 };
  if (tests.asked.length < SIDES.length) {
    for (const side of SIDES.filter((each) => !tests.asked.includes(each))) {
      const isLast = tests.refusals >= MOST_REFUSALS;
      if ((await askForTest(instanceArn, arnOf(side), isLast)) === 'asked') tests.asked.push(side);
      else tests.refusals += 1;
    }
    await load.documents.write(testsDocument, tests);
    return waitFor(load, { shortestSeconds: BETWEEN_CREATES_SECONDS });
  }
  const found = await describeConnections(instanceArn, SIDES.map(arnOf));
  const results = SIDES.map((side) =>
    judgeConnection(
      side,
      found.find(({ EndpointArn }) => EndpointArn === arnOf(side)),
    ),
  );
  if (results.includes('testing')) {
    const shown = SIDES.filter((side) => found.some(({ EndpointArn }) => EndpointArn === arnOf(side)));
    await load.documents.write(testsDocument, lookedAt(tests, shown));
    return waitFor(load, { shortestSeconds: POLL_SECONDS });
  }
  await rememberReady(load, ...SIDES);
  return undefined;
}

function lookedAt({ asked, refusals, unseen }: Tests, shown: Side[]): Tests {
  if (shown.length === SIDES.length) return { asked, refusals, unseen: 0 };
  if (unseen + 1 < MOST_UNSEEN) return { asked, refusals, unseen: unseen + 1 };
  if (refusals >= MOST_REFUSALS) {
    throw new LoadFailedError(
      `DMS shows no test of the replication instance's connections. ${adviceFor('connection failed')}`,
    );
  }
  return { asked: shown, refusals: refusals + 1, unseen: 0 };
}

/** `not now`: the instance or the endpoint is changing, or a test of it is under way, whose answer was lost. */
function askForTest(instanceArn: string, endpointArn: string, isLast: boolean): Promise<'asked' | 'not now'> {
  return callDms<'asked' | 'not now'>(
    'TestConnection',
    async ({ client, sdk }) => {
      const command = new sdk.TestConnectionCommand({
        ReplicationInstanceArn: instanceArn,
        EndpointArn: endpointArn,
      });
      await client.send(command);
      return 'asked';
    },
    isLast ? {} : { InvalidResourceStateFault: 'not now' },
  );
}

interface Shown {
  EndpointArn?: string | undefined;
  Status?: string | undefined;
  LastFailureMessage?: string | undefined;
}

async function describeConnections(instanceArn: string, endpointArns: string[]): Promise<Shown[]> {
  return callDms<Shown[]>(
    'DescribeConnections',
    async ({ client, sdk }) => {
      const Filters = [
        { Name: 'endpoint-arn', Values: endpointArns },
        { Name: 'replication-instance-arn', Values: [instanceArn] },
      ];
      return (await client.send(new sdk.DescribeConnectionsCommand({ Filters }))).Connections ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
}

/** The statuses are those of Connection.Status in the SDK. What isn't shown yet is taken for a test that begins. */
export function judgeConnection(side: Side, shown: Shown | undefined): 'testing' | 'successful' {
  const { Status: status = 'testing', LastFailureMessage: said } = shown ?? {};
  if (status === 'testing' || status === 'successful') return status;
  const what = `The replication instance's connection to the ${side}`;
  switch (status) {
    case 'failed':
      throw new LoadFailedError(`${what} failed: ${said || 'no message.'} ${adviceFor('connection failed')}`);
    case 'deleting':
      throw new LoadFailedError(`${what} is being deleted. ${adviceFor('ResourceNotFoundFault')}`);
    default:
      throw new LoadFailedError(`${what} has the status "${status}". ${adviceFor('unknown status')}`);
  }
}
