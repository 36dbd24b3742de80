import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FUNCTION_NODE_OPTIONS } from '../../bench/stage.ts';
import { actionsOf, callsOf } from './called-actions.ts';
import { describeDms } from './describe-dms.ts';
import { describeGlue } from './describe-glue.ts';
import { describeKafka } from './describe-kafka.ts';
import { DMS_CALLS } from './dms-calls.ts';
import { GLUE_CALLS } from './glue-calls.ts';
import { KAFKA_CALLS } from './kafka-calls.ts';
import {
  allStatements,
  allowedActions,
  allowedActionsOf,
  allowedStatements,
  functionsOf,
  ofType,
  packageStack,
} from './template.ts';
import type { DeployedFunction, Package } from './template.ts';
import { unzip } from './zip.ts';

const DATA_PLANE = [
  'plan',
  'prepareTarget',
  'provision',
  'advance',
  'restoreTarget',
  'verify',
  'awaitConsumer',
  'closeLoad',
  'remove',
];
const LARGEST_BUNDLE_BYTES = 2 * 1024 * 1024;
/** What the bundle of a client holds, and nothing else: DMS's calls name their target in a header, schemas their model. */
const DMS_CLIENT = 'AmazonDMSv20160101';
const GLUE_CLIENT = 'com.amazonaws.glue';
const KAFKA_CLIENT = 'com.amazonaws.kafka';
/** Actions that AWS grants on everything or not at all. */
const ACTIONS_WITHOUT_RESOURCE = [
  /^ec2:Describe\w+$/,
  /^logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
  /^dms:Describe(Endpoints|Connections|Replications|Replication(SubnetGroups|Instances|Tasks|Configs))$/,
  /^glue:(ListJobs|GetSecurityConfiguration)$/,
  /^cloudwatch:PutMetricData$/,
];
/**
 * What Lambda and other services do in the function's name: attach it to the VPC, decrypt, hand on what failed; and what
 * the brokers of a cluster ask for, which no call to AWS shows.
 */
const DONE_FOR_THE_FUNCTION = /^(logs:|ec2:|kms:Decrypt$|sqs:SendMessage$|kafka-cluster:)/;

/** The calls of the services that loads are run by, by function. */
const ASKED: Record<string, string[]> = Object.fromEntries(
  Object.keys({ ...DMS_CALLS, ...GLUE_CALLS, ...KAFKA_CALLS }).map((key) => [
    key,
    [...(DMS_CALLS[key] ?? []), ...(GLUE_CALLS[key] ?? []), ...(KAFKA_CALLS[key] ?? [])],
  ]),
);
/** What only these need, of the services or of others. */
const NEEDED_FOR_THEM = /^(dms|glue|kafka|iam):|^secretsmanager:DescribeSecret$/;

let stack: Package;
let functions: DeployedFunction[];

beforeAll(async () => {
  stack = await packageStack();
  functions = functionsOf(stack);
}, 300_000);

afterAll(() => rm(dirname(stack.folder), { recursive: true, force: true }));

describe('what the roles allow', () => {
  test('no statement has a wildcard action', () => {
    const actions = allStatements(stack).flatMap(({ of, Action }) => Action.map((action) => ({ of, action })));
    expect(actions.filter(({ action }) => action.includes('*'))).toEqual([]);
    expect(actions.length).toBeGreaterThan(100);
  });

  test('only what AWS grants on everything is granted on everything', () => {
    const onEverything = allStatements(stack).filter(
      ({ Effect, Resource }) => Effect === 'Allow' && Resource.includes('*'),
    );
    const actions = new Set(onEverything.flatMap(({ Action }) => Action));
    const known = (action: string) => ACTIONS_WITHOUT_RESOURCE.some((pattern) => pattern.test(action));
    expect([...actions].filter((action) => !known(action))).toEqual([]);
  });

  test('every function has a role of its own', () => {
    expect(new Set(functions.map(({ role }) => role)).size).toBe(functions.length);
  });

  test('a function writes only into its own log', () => {
    for (const { role, logicalId } of functions) {
      const logs = allStatements(stack).filter(({ of, Action }) => of === role && Action.includes('logs:PutLogEvents'));
      const group = logicalId.replace('LambdaFunction', 'LogGroup');
      expect(logs.map(({ Resource }) => Resource)).toEqual([[{ 'Fn::GetAtt': [group, 'Arn'] }]]);
    }
  });

  test('the data plane is in the VPC and calls no control plane; the control plane reads no database secret', () => {
    const withSecrets = functions.filter(({ role }) => hasPolicy(role, 'DatabaseSecretsPolicy')).map(({ key }) => key);
    const inVpc = functions.filter((one) => one.inVpc).map(({ key }) => key);
    expect(inVpc.toSorted()).toEqual(DATA_PLANE.toSorted());
    expect(withSecrets.toSorted()).toEqual(DATA_PLANE.toSorted());
    for (const { role } of functions.filter((one) => one.inVpc)) {
      expect(allowedActions(stack, role).filter((action) => /^(states|dms|glue|iam):/.test(action))).toEqual([]);
    }
    for (const { role } of functions.filter((one) => !one.inVpc)) {
      const reading = allowedStatements(stack, role).filter(({ Action }) =>
        /GetSecretValue|GetParameter/.test(Action.join()),
      );
      for (const { Condition } of reading)
        expect(Condition).toEqual({ StringEquals: { 'aws:ResourceTag/initial-load': 'webhook' } });
    }
  });

  test('secrets are read only where they carry the tag for it', () => {
    const reading = allStatements(stack).filter(
      ({ of, Effect, Action }) =>
        // The deployment names this key itself.
        !['GlueKeyPolicy', 'FilesKeyPolicy'].includes(of) &&
        Effect === 'Allow' &&
        Action.some((action) => /^(secretsmanager|ssm|kms):/.test(action)),
    );
    expect(reading.length).toBeGreaterThan(0);
    for (const { Condition } of reading)
      expect(Condition).toHaveProperty(['StringEquals', 'aws:ResourceTag/initial-load']);
  });

  test('a role allows what its function can call, and nothing else', async () => {
    const sources = functions.map(sourceOf);
    const called = await callsOf([...new Set(sources)], dirname(stack.folder));
    for (const [index, { role }] of functions.entries()) {
      const calls = (called.get(sources[index] ?? '') ?? []).flatMap(actionsOf);
      const allowed = allowedActions(stack, role).filter((action) => !DONE_FOR_THE_FUNCTION.test(action));
      expect(calls).toEqual(expect.arrayContaining(allowed));
      // Any function could resolve a secret or notify, since it is given the services for it; few have a reason to.
      expect(allowed).toEqual(expect.arrayContaining(calls.filter((action) => /^(s3|states):/.test(action))));
    }
  });

  test('a function may ask of DMS, Glue and MSK what its step asks, and nothing else; no step asks for more', async () => {
    const sources = Object.keys(ASKED).map((key) => sourceOf(functions.find((one) => one.key === key)!));
    const bundled = [...(await callsOf(sources, dirname(stack.folder))).values()].flat();
    const ofThem = new Set(bundled.filter((call) => /^(dms|glue|kafka):/.test(actionsOf(call)[0]!)));
    expect([...ofThem].toSorted()).toEqual([...new Set(Object.values(ASKED).flat())].toSorted());
    for (const { key } of functions) {
      const needed = (ASKED[key] ?? []).flatMap(actionsOf);
      const allowed = allowedActionsOf(stack, key).filter((action) => NEEDED_FOR_THEM.test(action));
      expect({ key, allowed }).toEqual({ key, allowed: [...new Set(needed)].sort() });
    }
  });

  test('a role is handed to the service that it is for, by who provisions, and to no other', () => {
    const passing = functions.flatMap(({ key, role }) =>
      allowedStatements(stack, role)
        .filter(({ Action }) => Action.includes('iam:PassRole'))
        .map(({ Resource, Condition }) => ({ key, Resource, Condition })),
    );
    const handed = (role: string, services: unknown) => ({
      key: 'provisionControl',
      Resource: [{ 'Fn::GetAtt': [role, 'Arn'] }],
      Condition: { StringEquals: { 'iam:PassedToService': services } },
    });
    expect(passing).toEqual([
      handed('DmsAccessRole', ['dms.amazonaws.com', { 'Fn::Sub': 'dms.${AWS::Region}.amazonaws.com' }]),
      handed('GlueJobRole', 'glue.amazonaws.com'),
    ]);
  });

  function hasPolicy(role: string, policy: string): boolean {
    return JSON.stringify(stack.resources[role]).includes(`"Ref":"${policy}"`);
  }
});

describeDms(() => stack);
describeGlue(() => stack);
describeKafka(() => stack);

test('who moves rows runs with the memory that the benchmark of topics measures', () => {
  const ofNode = ofType(stack, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { NODE_OPTIONS } = (Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
    return NODE_OPTIONS === undefined ? [] : [[String(Properties['FunctionName']), NODE_OPTIONS]];
  });
  expect(Object.fromEntries(ofNode)).toEqual({
    'initial-load-dev-advance': FUNCTION_NODE_OPTIONS,
    'initial-load-dev-verify': FUNCTION_NODE_OPTIONS,
  });
});

describe('the state machines', () => {
  const machine = (id: string) => stack.resources[id]?.Properties ?? {};
  /** The function versions that a machine's definition is filled with. */
  const versions = (id: string) => {
    const [, values] = (machine(id)['DefinitionString'] as { 'Fn::Sub': [string, Record<string, { Ref: string }>] })[
      'Fn::Sub'
    ];
    return Object.values(values)
      .map(({ Ref }) => Ref)
      .filter((ref) => ref !== 'TearDownStateMachine');
  };

  test.each(['InitialLoadStateMachine', 'TearDownStateMachine'])('%s pins a version of every function', (id) => {
    const types = versions(id).map((ref) => stack.resources[ref]?.Type);
    expect(new Set(types)).toEqual(new Set(['AWS::Lambda::Version']));
  });

  test.each([
    ['InitialLoadStateMachine', 'InitialLoadMachineRole'],
    ['TearDownStateMachine', 'TearDownMachineRole'],
  ])('%s may invoke the functions that its definition names, and no other', (id, role) => {
    const named = versions(id).map(
      (ref) => (stack.resources[ref]?.Properties['FunctionName'] as { Ref: string } | undefined)?.Ref,
    );
    const invoking = allStatements(stack).find(
      ({ of, Action }) => of === role && Action.includes('lambda:InvokeFunction'),
    );
    const granted = (invoking?.Resource ?? []) as { 'Fn::Sub': string }[];
    expect(granted.map((resource) => resource['Fn::Sub']).toSorted()).toEqual(
      named.map((name) => `\${${name}.Arn}:*`).toSorted(),
    );
  });

  test('the distributed Map may start executions of its own machine, whose name the role knows', () => {
    const starting = allStatements(stack).find(
      ({ of, Action }) => of === 'InitialLoadMachineRole' && Action.includes('states:StartExecution'),
    );
    expect(JSON.stringify(starting?.Resource)).toContain(
      `:stateMachine:${String(machine('InitialLoadStateMachine')['StateMachineName'])}"`,
    );
  });

  test('a machine logs failures without what its states carry', () => {
    for (const [, { Properties }] of ofType(stack, 'AWS::StepFunctions::StateMachine')) {
      expect(Properties['LoggingConfiguration']).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    }
  });
});

describe('what keeps data and events', () => {
  test('every log group forgets after a while', () => {
    const groups = ofType(stack, 'AWS::Logs::LogGroup');
    expect(groups).toHaveLength(functions.length + 1);
    for (const [, { Properties }] of groups) expect(Properties['RetentionInDays']).toBe(90);
  });

  test('the store is encrypted, private, only reached over TLS, forgets old loads and outlives the stack', () => {
    const store = stack.resources['LoadStore'];
    expect(store?.Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(JSON.stringify(store?.Properties['LifecycleConfiguration'])).toContain(
      '"Prefix":"loads/","ExpirationInDays":400',
    );
    expect(store?.DeletionPolicy).toBe('Retain');
    const denied = allStatements(stack).find(({ of, Effect }) => of === 'LoadStorePolicy' && Effect === 'Deny');
    expect(denied).toMatchObject({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
  });

  test('what an event rule cannot deliver, and what its function cannot handle, lands in an encrypted queue', () => {
    expect(stack.resources['DeadLetters']?.Properties).toMatchObject({ SqsManagedSseEnabled: true });
    const queue = { 'Fn::GetAtt': ['DeadLetters', 'Arn'] };
    const rules = ofType(stack, 'AWS::Events::Rule').filter(
      ([, { Properties }]) => Properties['EventPattern'] !== undefined,
    );
    expect(rules).toHaveLength(2);
    for (const [, { Properties }] of rules) {
      const targets = Properties['Targets'] as { DeadLetterConfig?: unknown; RetryPolicy?: unknown }[];
      expect(targets).toEqual([
        expect.objectContaining({ DeadLetterConfig: { Arn: queue }, RetryPolicy: expect.anything() as unknown }),
      ]);
    }
    const handled = ofType(stack, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    expect(handled).toHaveLength(3);
    for (const config of handled) expect(config['DestinationConfig']).toEqual({ OnFailure: { Destination: queue } });
  });
});

describe('the bundles', () => {
  test('each is a file of at most 2 MB, with its SDK clients and no others, that exports its handler', async () => {
    const bundles = [];
    const script = (await readdir('glue')).filter((name) => name.endsWith('.py')).map((name) => `glue/${name}`);
    expect(script).toContain('glue/initial_load.py');
    for (const { key, handler } of functions) {
      const files = await unzip(join(stack.folder, `${key}.zip`));
      const module = handler.replace(/\.handler$/, '.js');
      const bytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
      const isWith = (client: string) => [...files.values()].some((content) => content.includes(client));
      bundles.push({
        key,
        module,
        names: [...files.keys()],
        bytes,
        withDms: isWith(DMS_CLIENT),
        withGlue: isWith(GLUE_CLIENT),
        withKafka: isWith(KAFKA_CLIENT),
      });
      await mkdir(join(stack.folder, key, dirname(module)), { recursive: true });
      await writeFile(join(stack.folder, key, module), files.get(module) ?? '');
    }
    expect(bundles.filter(({ bytes }) => bytes > LARGEST_BUNDLE_BYTES)).toEqual([]);
    // Only provisioning puts the job's script where a job finds it.
    for (const { key, module, names } of bundles) {
      const others = key === 'provisionControl' ? script : [];
      expect({ key, names: names.toSorted() }).toEqual({ key, names: [module, ...others].toSorted() });
    }
    const calling = (calls: object) => functions.map(({ key }) => key).filter((key) => key in calls);
    expect(bundles.filter(({ withDms }) => withDms).map(({ key }) => key)).toEqual(calling(DMS_CALLS));
    expect(bundles.filter(({ withGlue }) => withGlue).map(({ key }) => key)).toEqual(calling(GLUE_CALLS));
    expect(bundles.filter(({ withKafka }) => withKafka).map(({ key }) => key)).toEqual(calling(KAFKA_CALLS));
    expect(await withoutHandler()).toEqual([]);
  });

  /** Loads every bundle in a process of its own, far from node_modules. */
  async function withoutHandler(): Promise<string[]> {
    const modules = functions.map(({ key, handler }) => join(stack.folder, key, handler.replace(/\.handler$/, '.js')));
    const script = `
      const missing = ${JSON.stringify(modules)}.filter((path) => typeof require(path).handler !== 'function');
      process.stdout.write(JSON.stringify(missing));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: stack.folder });
    return JSON.parse(stdout) as string[];
  }
});

function sourceOf({ handler }: DeployedFunction): string {
  return handler.replace(/\.handler$/, '.ts');
}
