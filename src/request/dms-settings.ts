import { RequestError } from '../errors.ts';
import type { LoadRequest } from './schema.ts';

type DmsSettings = NonNullable<LoadRequest['dms']>;
interface Contradiction {
  field: keyof DmsSettings;
  when(dms: DmsSettings): boolean;
  wrong: string;
  advice: string;
}

const isServerless = ({ mode }: DmsSettings) => mode === 'serverless';
const CONTRADICTIONS: Contradiction[] = [
  {
    field: 'replicationInstanceArn',
    when: isServerless,
    wrong: 'dms.mode is "serverless", which runs on no replication instance',
    advice: 'Remove one of the two',
  },
  {
    field: 'replicationInstanceClass',
    when: isServerless,
    wrong: 'dms.mode is "serverless", which runs on no replication instance',
    advice: 'Remove one of the two',
  },
  {
    field: 'assessment',
    when: (dms) => isServerless(dms) && dms.assessment === true,
    wrong: 'a premigration assessment is of a replication task, and dms.mode is "serverless"',
    advice: 'Remove it, or write "mode": "instance"',
  },
  {
    field: 'replicationInstanceClass',
    when: ({ replicationInstanceArn }) => replicationInstanceArn !== undefined,
    wrong: 'the class is for a temporary instance, and dms.replicationInstanceArn names one that is there',
    advice: 'Remove one of the two',
  },
  {
    field: 'subnetGroup',
    when: ({ replicationInstanceArn }) => replicationInstanceArn !== undefined,
    wrong: 'the subnet group is for a temporary instance, and dms.replicationInstanceArn names one that is there',
    advice: 'Remove one of the two',
  },
];

/** @throws RequestError for settings of AWS DMS of which one makes no sense beside another */
export function assertDmsSettings({ dms }: LoadRequest): void {
  if (!dms) return;
  const found = CONTRADICTIONS.find(({ field, when }) => dms[field] !== undefined && when(dms));
  if (!found) return;
  const { field, wrong, advice } = found;
  throw new RequestError({ field: `dms.${field}`, value: dms[field], wrong, advice });
}
