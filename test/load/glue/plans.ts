import type { FitInput } from '../../../src/load/strategy.ts';
import type { ColumnSurvey, DatabaseSurvey, KafkaSurvey, TableSurvey } from '../../../src/model.ts';
import type { GlueDeployment } from '../../../src/services.ts';
import { column, database, plannedTable, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

export const GIGABYTE = 1_000_000_000;
export const glueDeployment: GlueDeployment = {
  roleArn: 'arn:aws:iam::123456789012:role/glue-job',
  storeAddress: 's3://loads/prefix',
  scriptDirectory: 'glue',
  network: { subnetId: 'subnet-1', availabilityZone: 'eu-central-1a', securityGroupIds: ['sg-1', 'sg-2'] },
  securityConfiguration: 'encrypted',
};
export const deployment = { name: 'test', glue: glueDeployment };

/** One table of a load, told by what is special about it. */
export interface TableCase {
  source?: string;
  rows?: number;
  bytes?: number;
  /** It has none. */
  keyless?: true;
  quantiles?: number;
}

export interface PlanCase {
  /** There is no target: the rows go to topics, of brokers that were surveyed. */
  topics?: Partial<KafkaSurvey>;
  request?: Record<string, unknown>;
  tables?: TableCase[];
  source?: Partial<DatabaseSurvey>;
  target?: Partial<DatabaseSurvey>;
  deployment?: FitInput['deployment'];
}

const COLUMNS: ColumnSurvey[] = [column('id'), column('name', 'character varying(100)')];

/** A load from PostgreSQL to PostgreSQL through secrets, in a deployment that is set up for Glue, with what differs. */
export function fitInput(given: PlanCase = {}): FitInput {
  const cases = given.tables ?? [{}];
  const names = cases.map(({ source = 'hr.employees' }) => source);
  const facts = { tls: 'require' } as const;
  const request = checkedRequest({
    source: { engine: 'postgres', connection: 'hr/source', tables: names },
    ...(given.topics
      ? { target: undefined, topics: { brokers: 'kafka/brokers', tables: {} } }
      : { target: { engine: 'postgres', connection: 'mailer/target' } }),
    ...given.request,
  });
  return {
    request,
    survey: {
      surveyedAt: '2026-01-01T00:00:00.000Z',
      source: database(cases.map(surveyed), { ...facts, ...given.source }),
      ...(given.topics && { kafka: { brokers: 3, liveTopics: [], ...given.topics } }),
      ...(request.target &&
        request.target.engine !== 's3' && {
          target: database(cases.map(surveyed), { ...facts, database: 'mailer', ...given.target }),
        }),
      pairs: names.map((name) => ({ source: name, target: name })),
    },
    tables: cases.map(({ source = 'hr.employees', rows = 100, bytes = 8_192, keyless }) => {
      const planned = plannedTable(source, { estimatedRows: rows, estimatedBytes: bytes });
      const { key: _, keyTypes: __, ...without } = planned;
      return keyless ? without : planned;
    }),
    invocationSeconds: 840,
    deployment: given.deployment ?? deployment,
  };
}

function surveyed({
  source = 'hr.employees',
  rows = 100,
  bytes = 8_192,
  keyless,
  quantiles = 0,
}: TableCase): TableSurvey {
  return table(source, COLUMNS, {
    ...(!keyless && { key: ['id'] }),
    estimatedRows: rows,
    estimatedBytes: bytes,
    keyQuantiles: Array.from({ length: quantiles }, (_, index) => [String(index)]),
  });
}
