import type { FitInput } from '../../../src/load/strategy.ts';
import type { ColumnSurvey, DatabaseSurvey, TablePlan, TableSurvey } from '../../../src/model.ts';
import type { Condition } from '../../../src/request/schema.ts';
import { column, database, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

export const GIGABYTE = 1_000_000_000;
export const deployment = {
  name: 'test',
  dms: {
    accessRoleArn: 'arn:aws:iam::123456789012:role/dms-access',
    subnetIds: ['subnet-a', 'subnet-b'],
    securityGroupIds: ['sg-1'],
    assessmentBucket: 'assessments',
  },
};

/** One table of a load, told by what is special about it. */
export interface TableCase {
  source?: string;
  target?: string;
  columns?: ColumnSurvey[];
  /** The target's columns, where they differ from the source's. */
  into?: ColumnSurvey[];
  /** Source column to target column; absent: all, under their names. */
  loaded?: Record<string, string>;
  /** Null: none. */
  key?: string[] | null;
  targetKey?: string[] | null;
  where?: Condition[];
  more?: Partial<TableSurvey>;
  targetMore?: Partial<TableSurvey>;
}

export interface PlanCase {
  request?: Record<string, unknown>;
  tables?: TableCase[];
  source?: Partial<DatabaseSurvey>;
  target?: Partial<DatabaseSurvey>;
  deployment?: FitInput['deployment'];
}

/** A load from PostgreSQL to PostgreSQL through secrets, in a deployment that is set up for it, with what differs. */
export function fitInput(given: PlanCase = {}): FitInput {
  const cases = given.tables ?? [{}];
  const facts = { tls: 'require', timeZone: 'UTC' } as const;
  const pairs = cases.map(({ source = 'hr.employees', target = source }) => ({ source, target }));
  return {
    request: checkedRequest({
      source: { engine: 'postgres', connection: 'hr/source', tables: pairs.map(({ source }) => source) },
      target: { engine: 'postgres', connection: 'mailer/target' },
      ...given.request,
    }),
    survey: {
      surveyedAt: '2026-01-01T00:00:00.000Z',
      source: database(cases.map(sourceTable), { ...facts, ...given.source }),
      target: database(cases.map(targetTable), { ...facts, database: 'mailer', ...given.target }),
      pairs,
    },
    tables: cases.map(plannedTable),
    invocationSeconds: 840,
    deployment: given.deployment ?? deployment,
  };
}

const COLUMNS = [column('id'), column('name', 'character varying(100)')];

function sourceTable({ source = 'hr.employees', columns = COLUMNS, key = ['id'], more }: TableCase): TableSurvey {
  return table(source, columns, { ...(key && { key }), ...more });
}

function targetTable(given: TableCase): TableSurvey {
  const { source = 'hr.employees', target = source, columns = COLUMNS, into = columns } = given;
  const { key = ['id'], targetKey = key, targetMore } = given;
  return table(target, into, { ...(targetKey && { key: targetKey }), ...targetMore });
}

function plannedTable(given: TableCase): TablePlan {
  const { source = 'hr.employees', target = source, columns = COLUMNS, key = ['id'], where = [], more } = given;
  const loaded = given.loaded ?? Object.fromEntries(columns.map(({ name }) => [name, name]));
  const types = key?.map((name) => columns.find((candidate) => candidate.name === name)?.type ?? 'integer');
  return {
    source,
    target,
    columns: Object.entries(loaded).map(([from, to]) => ({ source: from, target: to })),
    format: 'binary',
    ...(key && types && { key, keyTypes: types }),
    keyIsCollated: false,
    where,
    estimatedRows: more?.estimatedRows ?? 100,
    estimatedBytes: more?.estimatedBytes ?? 8_192,
  };
}
