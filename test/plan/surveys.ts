import type { ColumnSurvey, DatabaseSurvey, Survey, TablePlan, TableSurvey } from '../../src/model.ts';

/** A column as the survey describes it; of a built-in type, the fingerprint is the type. */
export function column(name: string, type = 'integer', more: Partial<ColumnSurvey> = {}): ColumnSurvey {
  return { name, type, nullable: false, generated: false, hasDefault: false, fingerprint: type, ...more };
}

export function table(name: string, columns: ColumnSurvey[], more: Partial<TableSurvey> = {}): TableSurvey {
  return {
    name,
    kind: 'table',
    columns,
    keyIsCollated: false,
    uniqueKeys: [],
    foreignKeys: [],
    rowsHidden: false,
    partitions: [],
    estimatedRows: 100,
    estimatedBytes: 8192,
    keyQuantiles: [],
    hasRows: false,
    ...more,
  };
}

export function database(tables: TableSurvey[], more: Partial<DatabaseSurvey> = {}): DatabaseSurvey {
  return {
    engine: 'postgres',
    version: 'PostgreSQL 17.4',
    majorVersion: 17,
    database: 'hr',
    readReplica: false,
    tables,
    ...more,
  };
}

/** Each source table goes to the target table at the same place. */
export function survey(sources: TableSurvey[], targets?: TableSurvey[]): Survey {
  return {
    surveyedAt: '2026-01-01T00:00:00.000Z',
    source: database(sources),
    ...(targets && { target: database(targets) }),
    pairs: sources.map(({ name }, index) => ({ source: name, target: targets?.[index]?.name ?? name })),
  };
}

export function plannedTable(source: string, more: Partial<TablePlan> = {}): TablePlan {
  return {
    source,
    target: source,
    columns: [{ source: 'id', target: 'id' }],
    format: 'binary',
    key: ['id'],
    keyTypes: ['integer'],
    keyIsCollated: false,
    where: [],
    estimatedRows: 100,
    estimatedBytes: 8192,
    ...more,
  };
}
