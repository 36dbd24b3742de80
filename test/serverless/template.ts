import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string[];
  Resource: unknown[];
  Principal?: unknown;
  Condition?: unknown;
}
/** With an import that doesn't resolve, the framework prints it and never ends. */
const PATIENCE_MS = 100_000;

/** What `serverless package` made: the template, and the folder with it and a zip file for each function. */
export interface Package {
  folder: string;
  resources: Record<string, Resource>;
}

export async function packageStack(): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'initial-load-package-'));
  const output = join(folder, 'package');
  // No credentials: packaging works offline, with no login.
  const env = { PATH: process.env['PATH'], HOME: folder };
  await promisify(execFile)('node_modules/.bin/serverless', ['package', '--package', output], {
    env,
    timeout: PATIENCE_MS,
  });
  const template = await readFile(join(output, 'cloudformation-template-update-stack.json'), 'utf8');
  return { folder: output, resources: (JSON.parse(template) as { Resources: Record<string, Resource> }).Resources };
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

/** What a function's role allows, by its own policies and the shared ones. */
export function allowedActions(stack: Package, role: string): string[] {
  const shared = (stack.resources[role]?.Properties['ManagedPolicyArns'] ?? []) as { Ref: string }[];
  const sources = new Set([role, ...shared.map(({ Ref }) => Ref)]);
  const allowed = allStatements(stack).filter(({ of, Effect }) => sources.has(of) && Effect === 'Allow');
  return [...new Set(allowed.flatMap(({ Action }) => Action))].sort();
}

function statements(document: unknown): Statement[] {
  return (document as { Statement: Statement[] }).Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat(),
    Resource: [statement.Resource].flat(),
  }));
}
