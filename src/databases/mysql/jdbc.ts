import type { ColumnSurvey } from '../../model.ts';
import type { JdbcColumn, JdbcSession, JdbcSource } from '../jdbc.ts';
import type { Bounds, ReadTable } from '../source-engine.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';
import { textForm, typedForm } from './jdbc-forms.ts';
import { conditionSql } from './rows.ts';

const CONNECTION_TIMEOUT_MILLISECONDS = '30000';
/** So the driver is told to hand on row after row, instead of fetching all of them first. */
const ROW_BY_ROW = '-2147483648';
/** Meanwhile the server waits for a reader that is busy with writing. */
const SLOW_READER_SECONDS = '3600';

export const mysqlJdbc = jdbcSource('max_execution_time=0');
export const mariadbJdbc = jdbcSource('max_statement_time=0');

/** Of neither can several sessions see one snapshot. */
function jdbcSource(noTimeLimit: string): JdbcSource {
  return {
    scheme: 'jdbc:mysql',
    driver: 'com.mysql.cj.jdbc.Driver',
    properties: (session) => properties(session, noTimeLimit),
    readQuery,
    partition,
    typedAs: (column, name) => typedForm(column)?.spark(name),
  };
}

/** The same session as connection.ts has. The properties are described in the manual of MySQL Connector/J. */
function properties({ tls, applicationName }: JdbcSession, noTimeLimit: string): Record<string, string> {
  return {
    sslMode: tls === 'require' ? 'REQUIRED' : 'DISABLED',
    // Without TLS a password goes over encrypted by the server's key, or not at all.
    ...(tls === 'none' && { allowPublicKeyRetrieval: 'true' }),
    connectionAttributes: `program_name:${applicationName}`,
    connectTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
    tcpKeepAlive: 'true',
    fetchsize: ROW_BY_ROW,
    netTimeoutForStreamingResults: SLOW_READER_SECONDS,
    sessionVariables: `time_zone='+00:00',sql_mode='NO_ENGINE_SUBSTITUTION',${noTimeLimit}`,
    // The server makes UTF-8 of every text: of some character sets the driver has another idea.
    characterEncoding: 'UTF-8',
    characterSetResults: 'UTF-8',
    tinyInt1isBit: 'false',
    yearIsDateType: 'false',
    zeroDateTimeBehavior: 'EXCEPTION',
    // A name or a text with braces is none of JDBC's own.
    enableEscapeProcessing: 'false',
    processEscapeCodesForPrepStmts: 'false',
  };
}

/** Without anything that would keep the server from taking the brackets away: a partition then uses the key's index. */
function readQuery(table: ReadTable, columns: JdbcColumn[], all: ColumnSurvey[]): string {
  const selected = columns.flatMap(({ column, text, typed }) => {
    const form = typedForm(column);
    const asText = `${textForm(column)} as ${text}`;
    return typed === undefined || !form ? [asText] : [asText, `${form.sql} as ${typed}`];
  });
  const key = (table.key?.columns ?? []).map((name, index) => `${quoteIdentifier(name)} as k${index + 1}`);
  const typeOf = (name: string) => all.find((column) => column.name === name)?.type ?? '';
  const conditions = table.where.map((condition) => conditionSql(condition, typeOf(condition.column)));
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return `(select ${[...selected, ...key].join(', ')} from ${quoteQualifiedName(table.name)}${where}) il`;
}

/** Ranges are cut by keys of one whole number only, see readKeyQuantiles. */
function partition({ name, key }: ReadTable, { from, to }: Bounds): string {
  if ((from ?? to) && key?.columns.length !== 1) throw new Error(`${name} has no such ranges.`);
  const parts = [...(from ? [`k1 > ${BigInt(from[0]!)}`] : []), ...(to ? [`k1 <= ${BigInt(to[0]!)}`] : [])];
  return parts.join(' and ') || '1=1';
}
