import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { LoadClosedError, LoadFailedError } from '../../../src/errors.ts';
import { nameOf } from '../../../src/load/glue/names.ts';
import { provision } from '../../../src/load/glue/provision.ts';
import { ownTags } from '../../../src/load/owned-load.ts';
import { waitingForDocument } from '../../../src/store/documents.ts';
import type { MemoryServices } from '../../support/memory-services.ts';
import { glueLoad, glueServices, setState, type GlueLoad } from './a-load.ts';
import { denied, lost, MockedGlue, REGION, throttled } from './mocked-glue.ts';
import { glueDeployment, type PlanCase } from './plans.ts';

useRegion(REGION);
const glue = new MockedGlue();
const FOLDER = 's3://loads/prefix/loads/a-load/glue/script/';
const DONE = { status: 'done' };
let scriptDirectory: string;
let services: MemoryServices;

beforeAll(async () => {
  scriptDirectory = await mkdtemp(join(tmpdir(), 'scripts-'));
  for (const name of ['initial_load.py', 'il_read.py', 'test_initial_load.py', 'conftest.py', 'README.md']) {
    await writeFile(join(scriptDirectory, name), `# ${name}`);
  }
});
afterAll(() => rm(scriptDirectory, { recursive: true }));
beforeEach(() => {
  glue.reset();
  services = { ...glueServices(), deployment: { name: 'test', glue: { ...glueDeployment, scriptDirectory } } };
});

const open = (given: PlanCase = {}): Promise<GlueLoad> => glueLoad(given, { services });
const withScript = (script: string): PlanCase => ({ request: { transform: { script } } });
const waitingFor = async (load: GlueLoad) => (await load.documents.read(waitingForDocument))?.what;
const failure = (error: unknown): string => {
  expect(error).toBeInstanceOf(LoadFailedError);
  return (error as Error).message;
};

describe('provisioning for Glue', () => {
  test('puts the script into the store, then makes the connection, then the job, and says so', async () => {
    const load = await open();
    expect(await provision(load)).toEqual(DONE);
    expect(glue.takeCalls()).toEqual(['CreateConnection', 'CreateJob']);
    expect([...glue.objects]).toEqual([
      [`${FOLDER}il_read.py`, '# il_read.py'],
      [`${FOLDER}initial_load.py`, '# initial_load.py'],
    ]);
    const tags = { ...ownTags(load), 'initial-load:settings': expect.stringMatching(/^[0-9a-f]{16}$/) };
    expect(glue.connections.get(nameOf(load, 'network'))).toEqual({
      tags,
      asked: {
        Name: nameOf(load, 'network'),
        Description: 'Of the load a-load',
        ConnectionType: 'NETWORK',
        ConnectionProperties: {},
        PhysicalConnectionRequirements: {
          SubnetId: 'subnet-1',
          AvailabilityZone: 'eu-central-1a',
          SecurityGroupIdList: ['sg-1', 'sg-2'],
        },
      },
    });
    expect(glue.jobs.get(nameOf(load, 'job'))).toEqual({
      tags,
      asked: {
        Name: nameOf(load, 'job'),
        Description: 'Of the load a-load',
        Role: 'arn:aws:iam::123456789012:role/glue-job',
        Command: { Name: 'glueetl', ScriptLocation: `${FOLDER}initial_load.py`, PythonVersion: '3' },
        GlueVersion: '5.0',
        WorkerType: 'G.1X',
        NumberOfWorkers: 2,
        ExecutionClass: 'STANDARD',
        MaxRetries: 0,
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        JobRunQueuingEnabled: false,
        Timeout: 240,
        DefaultArguments: {
          '--job-language': 'python',
          '--extra-py-files': `${FOLDER}il_read.py`,
          '--enable-metrics': 'true',
          '--enable-observability-metrics': 'true',
          '--enable-continuous-cloudwatch-log': 'true',
        },
        Connections: { Connections: [nameOf(load, 'network')] },
        SecurityConfiguration: 'encrypted',
      },
    });
    expect(nameOf(load, 'job')).toMatch(/^il-[0-9a-f]{10}-job$/);
  });

  test('outside a VPC makes no connection, and asks for no encryption that nobody set up', async () => {
    const { network: _, securityConfiguration: __, ...plain } = { ...glueDeployment, scriptDirectory };
    services = { ...services, deployment: { name: 'test', glue: plain } };
    const load = await open();
    expect(await provision(load)).toEqual(DONE);
    expect(glue.names()).toEqual([nameOf(load, 'job')]);
    const { asked } = glue.jobs.get(nameOf(load, 'job'))!;
    expect(asked).not.toHaveProperty('Connections');
    expect(asked).not.toHaveProperty('SecurityConfiguration');
  });

  test('takes workers and time from the request', async () => {
    const load = await open({ request: { glue: { workerType: 'G.4X', numberOfWorkers: 9, timeoutMinutes: 30 } } });
    await provision(load);
    const { asked } = glue.jobs.get(nameOf(load, 'job'))!;
    expect(asked).toMatchObject({ WorkerType: 'G.4X', NumberOfWorkers: 9, Timeout: 30 });
  });

  test('says nothing of the databases to Glue: neither secrets nor tables', async () => {
    await provision(await open());
    const said = JSON.stringify([glue.inputsOf('CreateJob'), glue.inputsOf('CreateConnection')]);
    for (const word of ['hr/source', 'mailer/target', 'employees']) expect(said).not.toContain(word);
  });

  test('again asks for nothing', async () => {
    const load = await open();
    await provision(load);
    glue.takeCalls();
    expect(await provision(load)).toEqual(DONE);
    expect(glue.takeCalls()).toEqual([]);
    expect(glue.inputsOf('PutObject')).toHaveLength(2);
  });

  test('twice at once makes each thing once', async () => {
    const load = await open();
    expect(await Promise.all([provision(load), provision(load)])).toEqual([DONE, DONE]);
    expect(glue.names()).toEqual([nameOf(load, 'job'), nameOf(load, 'network')]);
  });

  test.each(['CreateConnection', 'CreateJob', 'PutObject'])('goes on when the answer to %s is lost', async (call) => {
    const load = await open();
    glue.fail(call, lost(), { after: true });
    const answer = await provision(load);
    expect(answer).toMatchObject({ status: 'working' });
    expect(await waitingFor(load)).toContain('socket hang up');
    expect(await provision(load)).toEqual(DONE);
    expect(await waitingFor(load)).toBeUndefined();
    expect(glue.names()).toHaveLength(2);
  });

  test.each(['CreateConnection', 'CreateJob'])(
    'makes again what is gone when it asks whose it is (%s)',
    async (call) => {
      await provision(await open());
      services.documents.clear();
      const load = await open();
      let asks = 0;
      glue.whenAsked = (asked) => {
        if (asked !== 'GetTags' || (asks += 1) !== (call === 'CreateConnection' ? 1 : 2)) return;
        (call === 'CreateConnection' ? glue.connections : glue.jobs).clear();
      };
      expect(await provision(load)).toMatchObject({ status: 'working' });
      expect(await waitingFor(load)).toMatch(/was there, and is gone/);
      expect(await provision(load)).toEqual(DONE);
      expect(glue.names()).toHaveLength(2);
    },
  );

  test('finds what a forgotten attempt of the same load made', async () => {
    await provision(await open());
    services.documents.clear();
    expect(await provision(await open())).toEqual(DONE);
    expect(glue.takeCalls().slice(-4)).toEqual(['CreateConnection', 'GetTags', 'CreateJob', 'GetTags']);
  });

  test.each(['job', 'network'] as const)(
    'leaves alone somebody else’s %s of that name, and says what to do',
    async (kind) => {
      const load = await open();
      const things = kind === 'job' ? glue.jobs : glue.connections;
      things.set(nameOf(load, kind), { tags: { team: 'warehouse' }, asked: {} });
      const said = failure(await provision(load).catch((error: unknown) => error));
      expect(said).toContain(`${nameOf(load, kind)} already, without the tags of this load. Remove or rename it`);
    },
  );

  test('does not take over a job that was made for something else under this loadId', async () => {
    await provision(await open());
    services.documents.clear();
    const other = await open({ request: { glue: { workerType: 'G.8X' } } });
    const said = failure(await provision(other).catch((error: unknown) => error));
    expect(said).toContain('with other settings. It was made for another request');
  });

  test.each([
    ['throttling', throttled()],
    ['a quota that is used up', Object.assign(new Error('Max jobs'), { name: 'ResourceNumberLimitExceededException' })],
    ['a change at the same time', Object.assign(new Error('x'), { name: 'ConcurrentModificationException' })],
    ['an answer that takes Glue too long', Object.assign(new Error('x'), { name: 'OperationTimeoutException' })],
  ])('waits out %s, and tells it', async (_case, error) => {
    const load = await open();
    glue.fail('CreateJob', error, { times: 3 });
    for (let call = 0; call < 3; call += 1) {
      expect(await provision(load)).toMatchObject({ status: 'working', waitSeconds: expect.any(Number) });
      expect(await waitingFor(load)).toContain(`AWS, which says for now: CreateJob: ${error.name}`);
    }
    expect(await provision(load)).toEqual(DONE);
  });

  test('fails with Glue’s words and advice when Glue refuses', async () => {
    glue.fail('CreateJob', denied());
    const said = failure(await provision(await open()).catch((error: unknown) => error));
    expect(said).toBe(
      'CreateJob: AccessDeniedException: not authorized. Allow the role of the function that calls Glue what the message ' +
        'names, and run the load again.',
    );
  });

  test('stops when the load is closed while it makes something', async () => {
    const load = await open();
    glue.whenAsked = (call) => (call === 'CreateConnection' ? setState(load, 'closed') : undefined);
    await expect(provision(load)).rejects.toThrow(LoadClosedError);
    expect(glue.names()).toEqual([nameOf(load, 'network')]);
  });
});

describe('the request’s own module', () => {
  test('goes into the store under a name of its own, and is not among the job’s imports', async () => {
    glue.objects.set('s3://modules/mailer/transform.py', 'def transform(table, rows, spark): return rows');
    const load = await open(withScript('s3://modules/mailer/transform.py'));
    expect(await provision(load)).toEqual(DONE);
    expect(glue.objects.get(`${FOLDER}request_script.py`)).toContain('def transform');
    expect(JSON.stringify(glue.jobs.get(nameOf(load, 'job'))!.asked)).not.toContain('request_script');
  });

  test('may be a file in a local run', async () => {
    const file = join(scriptDirectory, 'initial_load.py');
    expect(await provision(await open(withScript(file)))).toEqual(DONE);
    expect(glue.objects.get(`${FOLDER}request_script.py`)).toBe('# initial_load.py');
  });

  test.each([
    ['an object that is not there', 's3://modules/none.py', 'NoSuchKey'],
    ['a file that is not there', '/nowhere/none.py', 'ENOENT'],
  ])('that is %s fails the load before anything is made', async (_case, script, part) => {
    const said = failure(await provision(await open(withScript(script))).catch((error: unknown) => error));
    expect(said).toContain(`transform.script (${script}) can't be read: `);
    expect(said).toContain(part);
    expect(said).toContain('Correct transform.script');
    expect(glue.objects.size).toBe(0);
    expect(glue.names()).toEqual([]);
  });

  test('is never read from a deployment’s own files', async () => {
    services = { ...services, bounds: { ...services.bounds, environmentReferences: false } };
    const load = await open(withScript(join(scriptDirectory, 'initial_load.py')));
    const said = failure(await provision(load).catch((error: unknown) => error));
    expect(said).toContain('only a local run reads it from a file');
  });

  test('is read again later where S3 is busy', async () => {
    glue.objects.set('s3://modules/x.py', 'x');
    glue.fail('GetObject', Object.assign(new Error('Reduce your request rate'), { name: 'SlowDown' }));
    const load = await open(withScript('s3://modules/x.py'));
    expect(await provision(load)).toMatchObject({ status: 'working' });
    expect(await provision(load)).toEqual(DONE);
  });
});

test('a deployment without the job’s own script says which variable names its folder', async () => {
  services = { ...services, deployment: { name: 'test', glue: { ...glueDeployment, scriptDirectory: '/nowhere' } } };
  const said = failure(await provision(await open()).catch((error: unknown) => error));
  expect(said).toContain('There is no /nowhere/initial_load.py.');
  expect(said).toContain('GLUE_SCRIPT_DIRECTORY');
});
