import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  /** The name of the template's condition under which it is made. */
  Condition?: string;
}
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: unknown[];
  Principal?: unknown;
  Condition?: unknown;
}
/** With an import that doesn't resolve, the framework prints it and never ends. */
const PATIENCE_MS = 240_000;

/** What `serverless package` made: the template, and the folder with it and a zip file for each function. */
export interface Package {
  folder: string;
  resources: Record<string, Resource>;
  conditions: Record<string, unknown>;
}

/** What the framework reads itself, and wants as plain files; the bundler follows links to the rest. */
const COPIED = ['serverless.yml', 'package.json', 'tsconfig.json', 'config', 'statemachines'];
const LINKED = ['functions', 'glue', 'src', 'node_modules'];

/** In a folder of its own, since the bundler writes beside what it bundles: so several tests can package at once. */
export async function packageStack(): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'initial-load-package-'));
  // Apart from the output: no package.json stands above a function's module on Lambda.
  const sources = join(folder, 'sources');
  await mkdir(sources);
  for (const name of COPIED) await cp(name, join(sources, name), { recursive: true });
  for (const name of LINKED) await symlink(resolve(name), join(sources, name));
  const output = join(folder, 'package');
  // No credentials: packaging works offline, with no login.
  const env = { PATH: process.env['PATH'], HOME: folder };
  await promisify(execFile)('node_modules/.bin/serverless', ['package', '--package', output], {
    cwd: sources,
    env,
    timeout: PATIENCE_MS,
  });
  const text = await readFile(join(output, 'cloudformation-template-update-stack.json'), 'utf8');
  const template = JSON.parse(text) as { Resources: Record<string, Resource>; Conditions: Record<string, unknown> };
  return { folder: output, resources: template.Resources, conditions: template.Conditions };
}

export function ofType({ resources }: Package, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

/** Every statement of every policy in the template, with the resource it stands in. */
export function allStatements(stack: Package): (Statement & { of: string })[] {
  return Object.entries(stack.resources).flatMap(([of, { Properties }]) => {
    const inline = (Properties['Policies'] ?? []) as { PolicyDocument: unknown }[];
    const documents = [Properties['PolicyDocument'], ...inline.map(({ PolicyDocument }) => PolicyDocument)];
    return documents
      .filter(Boolean)
      .flatMap((document) => statements(document).map((statement) => ({ ...statement, of })));
  });
}

/** What a function's role allows: by its own policies, by those it names, and by those that name it. */
export function allowedStatements(stack: Package, role: string): Statement[] {
  const named = (stack.resources[role]?.Properties['ManagedPolicyArns'] ?? []) as { Ref: string }[];
  const naming = ofType(stack, 'AWS::IAM::ManagedPolicy').filter(([, { Properties }]) =>
    ((Properties['Roles'] ?? []) as { Ref: string }[]).some(({ Ref }) => Ref === role),
  );
  const sources = new Set([role, ...named.map(({ Ref }) => Ref), ...naming.map(([id]) => id)]);
  return allStatements(stack).filter(({ of, Effect }) => sources.has(of) && Effect === 'Allow');
}

export function allowedActions(stack: Package, role: string): string[] {
  return [...new Set(allowedStatements(stack, role).flatMap(({ Action }) => Action))].sort();
}

/** By the function's key in config/functions-*.yml. */
export function allowedActionsOf(stack: Package, functionKey: string): string[] {
  const called = functionsOf(stack).find(({ key }) => key === functionKey);
  if (!called) throw new Error(`The stack has no function ${functionKey}.`);
  return allowedActions(stack, called.role);
}

export interface DeployedFunction {
  /** As in config/functions-*.yml. */
  key: string;
  logicalId: string;
  /** Its role's logical id. */
  role: string;
  /** `functions/plan.handler` */
  handler: string;
  inVpc: boolean;
}

export function functionsOf(stack: Package): DeployedFunction[] {
  return ofType(stack, 'AWS::Lambda::Function').map(([logicalId, { Properties }]) => ({
    key: String(Properties['FunctionName']).replace('initial-load-dev-', ''),
    logicalId,
    role: (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0],
    handler: String(Properties['Handler']),
    inVpc: Properties['VpcConfig'] !== undefined,
  }));
}

function statements(document: unknown): Statement[] {
  return (document as { Statement: Statement[] }).Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat(),
    Resource: [statement.Resource].flat(),
  }));
}
