import type { ColumnSurvey, Plan, Survey, TablePlan, TableSurvey } from '../../../src/model.ts';
import { parseRequest } from '../../../src/request/parse.ts';
import type { Load } from '../../../src/services.ts';
import { LoadDocuments, stateDocument, type LoadState } from '../../../src/store/documents.ts';
import { memoryServices, type MemoryServices } from '../../support/memory-services.ts';

export interface DmsLoad extends Load {
  services: MemoryServices;
}

const ID: ColumnSurvey = {
  name: 'id',
  type: 'integer',
  nullable: false,
  generated: false,
  hasDefault: false,
  fingerprint: 'int4',
};

/** A planned load of these tables into tables of the same names in `public`, in a store in memory and with a clock that is set by hand. */
export async function dmsLoad(
  tables: string[] = ['hr.employees', 'hr.departments'],
  {
    attempt = 1,
    dms = {},
    services = memoryServices(),
  }: { attempt?: number; dms?: object; services?: MemoryServices } = {},
): Promise<DmsLoad> {
  const request = parseRequest({
    dataset: 'test',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'hr/database', tables },
    target: { engine: 'postgres', connection: 'mailer/database' },
    strategy: 'dms',
    dms,
  });
  const documents = new LoadDocuments(services.store, 'a-load');
  const startedAt = services.now();
  const deadlineAt = new Date(startedAt.getTime() + 14 * 86_400_000);
  const { survey, plan } = planOf(tables);
  const load = { loadId: 'a-load', attempt, request, survey, plan, startedAt, deadlineAt, documents, services };
  await setState(load, 'open');
  return load;
}

export async function setState({ documents, loadId, attempt }: Load, status: LoadState['status']): Promise<void> {
  await documents.write(stateDocument, { loadId, attempt, status } as LoadState);
}

function planOf(names: string[]): { survey: Survey; plan: Plan } {
  const tables = names.map((source): TablePlan => ({
    source,
    target: source.replace(/^[^.]+/, 'public'),
    columns: [{ source: 'id', target: 'id' }],
    format: 'binary',
    key: ['id'],
    keyTypes: ['integer'],
    keyIsCollated: false,
    where: [],
    estimatedRows: 1_000,
    estimatedBytes: 50_000,
  }));
  const surveyed = (name: string) =>
    ({ name, kind: 'table', columns: [ID], key: ['id'], keyQuantiles: [] }) as unknown as TableSurvey;
  const database = { engine: 'postgres' as const, version: '17', majorVersion: 17, readReplica: false };
  return {
    survey: {
      surveyedAt: '2026-03-01T11:00:00.000Z',
      source: { ...database, database: 'hr', tables: tables.map(({ source }) => surveyed(source)) },
      target: { ...database, database: 'mailer', tables: tables.map(({ target }) => surveyed(target)) },
      pairs: tables.map(({ source, target }) => ({ source, target })),
    },
    plan: {
      strategy: 'dms',
      tables,
      ranges: tables.map(({ source }, index) => ({ id: index + 1, table: source, estimatedRows: 1_000 })),
      shards: [{ id: 's1', ranges: tables.map((_, index) => index + 1) }],
    } as unknown as Plan,
  };
}
