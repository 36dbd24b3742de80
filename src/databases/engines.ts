import { ENGINES, type Engine } from '../request/schema.ts';

export const DEFAULT_PORTS: Record<Engine, number> = {
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  oracle: 1521,
  sqlserver: 1433,
};

/** How else RDS, Aurora and URLs name an engine. */
const OTHER_NAMES: Record<string, Engine> = {
  postgresql: 'postgres',
  'aurora-postgresql': 'postgres',
  aurora: 'mysql',
  'aurora-mysql': 'mysql',
  mssql: 'sqlserver',
};

export function engineNamed(name: string): Engine | undefined {
  const lower = name.toLowerCase();
  return ENGINES.find((engine) => engine === lower) ?? OTHER_NAMES[lower];
}
