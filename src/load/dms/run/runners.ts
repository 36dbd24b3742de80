import type { Load } from '../../../services.ts';
import { replication } from './replication.ts';
import type { Runner } from './runner.ts';
import { sizeReplication } from '../weigh/sizing.ts';
import { task } from './task.ts';

/** What runs this load's full load: the plan's sizing, which is pure, says it again. */
export function runnerOf({ request, survey, plan }: Pick<Load, 'request' | 'survey' | 'plan'>): Runner {
  const { mode } = sizeReplication({ request, survey, tables: plan.tables });
  return mode === 'serverless' ? replication : task;
}

/** For tear-down, which may know no more of a load than its name. */
export const allRunners: readonly Runner[] = [task, replication];
