import { RequestError } from '../errors.ts';
import { strategies } from '../load/registry.ts';
import type { Plan, Survey } from '../model.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import { parseReference } from '../request/reference.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { surveyDatabases } from '../survey/survey.ts';
import { choose } from './choose.ts';
import { planTables } from './tables.ts';

export interface PlannedLoad {
  survey: Survey;
  plan: Plan;
}

/**
 * Measures, then chooses. It writes nothing anywhere.
 * @throws RequestError when the databases don't allow the load or no strategy fits, TransientError
 */
export async function planLoad(request: LoadRequest, services: Services): Promise<PlannedLoad> {
  await assertSecretsSet(request, services);
  const survey = await surveyDatabases(request, services);
  assertRowsVisible(survey);
  assertRoom(request, survey);
  const tables = planTables(request, survey);
  const { invocationSeconds, deployment } = services;
  const plan = choose({ request, survey, tables, invocationSeconds, deployment }, strategies);
  return { survey, plan };
}

/**
 * A secret that isn't set would only be missed when all is loaded. Of those in the environment, that is: the function that
 * plans may not read the others.
 */
async function assertSecretsSet({ notify }: LoadRequest, services: Services): Promise<void> {
  for (const [index, channel] of notify.entries()) {
    if (channel.channel !== 'webhook') continue;
    const field = `notify[${index}].secret`;
    if (parseReference(channel.secret, field).kind === 'environment')
      await services.resolveSecret(channel.secret, field);
  }
}

/** Row-level security halves a copy and its count alike: nothing later would notice. */
function assertRowsVisible(survey: Survey): void {
  for (const [side, database] of [
    ['source', survey.source],
    ['target', survey.target],
  ] as const) {
    const table = database?.tables.find(({ rowsHidden }) => rowsHidden);
    if (!table) continue;
    throw new RequestError({
      field: `${side}.connection`,
      value: table.name,
      wrong: 'row-level security may hide rows of this table from the role',
      advice: 'Use a role with BYPASSRLS, or the owner where row-level security is not forced',
    });
  }
}

/** @throws RequestError naming the first target table with rows, unless the request says what to do with them */
function assertRoom(request: LoadRequest, survey: Survey): void {
  if (databaseTargetOf(request)?.ifNotEmpty !== 'fail') return;
  const full = survey.target?.tables.find(({ hasRows }) => hasRows);
  if (!full) return;
  throw new RequestError({
    field: 'target.tables',
    value: full.name,
    wrong: 'this table is not empty',
    advice: 'Empty it, or set target.ifNotEmpty to "truncate" (removes its rows) or "upsert" (overwrites by key)',
  });
}
