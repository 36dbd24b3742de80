import type { CreateJobRequest } from '@aws-sdk/client-glue';
import type { Load } from '../../../services.ts';
import { addressOf, MAIN_SCRIPT, REQUEST_SCRIPT, SCRIPT_FOLDER } from '../addresses.ts';
import { callGlue } from '../calls.ts';
import { nameOf } from '../names.ts';
import { sizeJob, timeoutMinutes } from '../weigh/sizing.ts';
import { makeOnce, readMade, THERE_ALREADY } from './made.ts';

/** Spark 3.5 and Python 3.11. */
const GLUE_VERSION = '5.0';

/** The job, after what it runs and where: nothing is started. */
export async function makeJob(load: Load): Promise<void> {
  const { scripts = [] } = await readMade(load);
  const settings = settingsOf(load, scripts);
  await makeOnce(load, 'job', settings, (tags) =>
    callGlue<'made' | typeof THERE_ALREADY>(
      'CreateJob',
      async ({ client, sdk }) => {
        await client.send(new sdk.CreateJobCommand({ ...settings, Tags: tags }));
        return 'made';
      },
      // Glue has two faults for a name that is taken: this one when anything about the two jobs differs.
      { AlreadyExistsException: THERE_ALREADY, IdempotentParameterMismatchException: THERE_ALREADY },
    ),
  );
}

/** No secret is in it, nor in the arguments of a run: the job reads those that its document names. */
function settingsOf(load: Load, scripts: string[]): CreateJobRequest {
  const { request, plan, startedAt, deadlineAt, services } = load;
  const { roleArn, network, securityConfiguration } = services.deployment.glue!;
  const { workerType, workers } = sizeJob({ request, tables: plan.tables, ranges: plan.ranges });
  return {
    Name: nameOf(load, 'job'),
    Description: `Of the load ${load.loadId}`,
    Role: roleArn,
    Command: { Name: 'glueetl', ScriptLocation: scriptAddress(load, MAIN_SCRIPT), PythonVersion: '3' },
    GlueVersion: GLUE_VERSION,
    WorkerType: workerType as NonNullable<CreateJobRequest['WorkerType']>,
    NumberOfWorkers: workers,
    ExecutionClass: 'STANDARD',
    // What has failed is for the load to judge; and a second run at once could only be a mistake.
    MaxRetries: 0,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    JobRunQueuingEnabled: false,
    // Of a run that somebody starts by hand; the load's own gets what is left of its time.
    Timeout: timeoutMinutes(request, { now: startedAt, deadlineAt }),
    DefaultArguments: argumentsOf(load, scripts),
    ...(network && { Connections: { Connections: [nameOf(load, 'network')] } }),
    ...(securityConfiguration !== undefined && { SecurityConfiguration: securityConfiguration }),
  };
}

function argumentsOf(load: Load, scripts: string[]): Record<string, string> {
  const imported = scripts.filter((name) => name !== MAIN_SCRIPT && name !== REQUEST_SCRIPT);
  return {
    '--job-language': 'python',
    ...(imported.length > 0 && {
      '--extra-py-files': imported.map((name) => scriptAddress(load, name)).join(','),
    }),
    '--enable-metrics': 'true',
    '--enable-observability-metrics': 'true',
    '--enable-continuous-cloudwatch-log': 'true',
  };
}

function scriptAddress(load: Load, name: string): string {
  return addressOf(load, SCRIPT_FOLDER + name);
}
