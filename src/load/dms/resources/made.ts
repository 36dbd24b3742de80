import { TransientError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { assertOpen } from '../../open-load.ts';
import { madeDocument, type Made } from '../documents.ts';
import { nameOf, type Kind } from '../names.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import { BETWEEN_CREATES_SECONDS, POLL_SECONDS, waitFor } from '../../pace.ts';
import type { Runner, RunnerState } from '../run/runner.ts';
import { assertOurs } from './tags.ts';

/** Something that DMS describes; the status in its own words. */
export interface Found {
  arn: string;
  status: string;
}

export async function readMade({ documents }: Pick<OwnedLoad, 'documents'>): Promise<Made> {
  return (await documents.read(madeDocument)) ?? { arns: {}, ready: [] };
}

/**
 * Writes down what was made, unless the load was closed meanwhile: tear-down may have looked before it was there, and looks
 * again because what was being made is not all ready.
 * @throws LoadClosedError, DeadlineError
 */
export async function rememberMade(load: Load, kind: Kind, arn: string): Promise<void> {
  await assertOpen(load, load.services);
  const made = await readMade(load);
  await load.documents.write(madeDocument, { ...made, arns: { ...made.arns, [kind]: arn } });
}

export async function rememberReady(load: Load, ...kinds: Kind[]): Promise<void> {
  const made = await readMade(load);
  await load.documents.write(madeDocument, { ...made, ready: [...new Set([...made.ready, ...kinds])] });
}

/** What `create` answers where an earlier call made it, whose answer was lost. */
export const THERE_ALREADY = 'there already';

/** How one kind is made and found, with a request each. */
interface Maker {
  /** The ARN, or THERE_ALREADY. */
  create(): Promise<string>;
  find(): Promise<Found | undefined>;
}

/**
 * Makes it once. What is still being deleted, of an earlier attempt, is waited for.
 * @returns the step's answer; undefined when it had been made before, with no request
 * @throws LoadFailedError when what is there carries other tags
 */
export async function makeOnce(load: Load, kind: Kind, { create, find }: Maker): Promise<StepAnswer | undefined> {
  if ((await readMade(load)).arns[kind] !== undefined) return undefined;
  const created = await create();
  if (created !== THERE_ALREADY) await rememberMade(load, kind, created);
  else {
    const found = await find();
    if (found === undefined || found.status === 'deleting') return waitFor(load, { shortestSeconds: POLL_SECONDS });
    await assertOurs(load, kind, found.arn);
    await rememberMade(load, kind, found.arn);
  }
  return waitFor(load, { shortestSeconds: BETWEEN_CREATES_SECONDS });
}

/**
 * The runner that was made by an earlier call, whose answer was lost.
 * @param doing the call that says that it is there already
 * @throws TransientError while DMS doesn't show it, LoadFailedError when it carries other tags
 */
export async function findMadeRunner(
  load: OwnedLoad,
  runner: Pick<Runner, 'kind' | 'look'>,
  doing: string,
): Promise<RunnerState> {
  const found = await runner.look(load);
  if (!found) throw new TransientError(`${doing}: ${nameOf(load, runner.kind)} is there and cannot be found.`);
  await assertOurs(load, runner.kind, found.arn);
  return found;
}

/** @throws Error where a part of provisioning comes before the one that it needs */
export function needArn({ arns }: Made, kind: Kind): string {
  const arn = arns[kind];
  if (arn === undefined) throw new Error(`There is no ${kind} yet.`);
  return arn;
}
