import type { Engine } from '../request/schema.ts';
import type { JdbcSource } from './jdbc.ts';
import { mariadbJdbc, mysqlJdbc } from './mysql/jdbc.ts';
import { postgresJdbc } from './postgres/jdbc.ts';

const JDBC_SOURCES: Partial<Record<Engine, JdbcSource>> = {
  postgres: postgresJdbc,
  mysql: mysqlJdbc,
  mariadb: mariadbJdbc,
};

/** @throws Error for an engine that no strategy reads through JDBC: its fit lets none through */
export function jdbcSourceOf(engine: Engine): JdbcSource {
  const found = JDBC_SOURCES[engine];
  if (!found) throw new Error(`Databases of the engine ${engine} are not read through JDBC.`);
  return found;
}
