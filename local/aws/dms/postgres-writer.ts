import { CONTROL_TABLES, type Login, type TargetTable, type Value, type Writer } from './database.ts';
import { postgresDialect, PostgresSession } from './postgres-session.ts';

/** The protocol counts a statement's values with 16 bits. */
const MOST_VALUES = 65_535;
const { name } = postgresDialect;

export async function openPostgresWriter(login: Login): Promise<Writer> {
  const session = await PostgresSession.open(login);
  const { client } = session;
  return {
    async makeControlTable(schema, table) {
      const columns = CONTROL_TABLES[table].map(
        (each) => `${name(each)} ${each.endsWith('_TIME') ? 'timestamp' : 'text'}`,
      );
      const place = placeOf({ schema: schema || 'public', table });
      try {
        await client.query(`create table if not exists ${place} (${columns.join(', ')})`);
      } catch (error) {
        // Two at once: IF NOT EXISTS looks before the other one's is there for all to see.
        if (!['23505', '42P07'].includes(codeOf(error))) throw error;
      }
    },

    async truncate(table) {
      await client.query(`truncate ${placeOf(table)}`);
    },

    async insert(table, columns, rows) {
      const rowsAtOnce = Math.max(1, Math.floor(MOST_VALUES / Math.max(1, columns.length)));
      await client.query('begin');
      try {
        for (let from = 0; from < rows.length; from += rowsAtOnce) {
          await insertOnce(table, columns, rows.slice(from, from + rowsAtOnce));
        }
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    },

    async update(table, [column, value], key) {
      const where = key.map(([part], index) => `${name(part)} = $${index + 2}`).join(' and ');
      await client.query(`update ${placeOf(table)} set ${name(column)} = $1 where ${where}`, [
        value,
        ...key.map(([, keyValue]) => keyValue),
      ]);
    },

    async count(table) {
      const { rows } = await client.query<[string]>({
        text: `select count(*) from ${placeOf(table)}`,
        rowMode: 'array',
      });
      return Number(rows[0]?.[0]);
    },

    // Classes 22 and 23: data exceptions, and constraints that don't hold.
    isDataError: (error) => /^2[23]/.test(codeOf(error)),
    isTruncation: (error) => codeOf(error) === '22001',
    // 08 and 57: connections, and sessions that were ended. What has no SQLSTATE came from no server.
    isLost: (error) => /^(08|57)/.test(codeOf(error)) || !/^[0-9A-Z]{5}$/.test(codeOf(error)),
    cut: () => session.cut(),
    close: () => session.close(),
  };

  /** DMS loads by COPY, to which an identity column is like any other. */
  async function insertOnce(table: TargetTable, columns: string[], rows: Value[][]): Promise<void> {
    const places = rows.map((row, r) => `(${row.map((_, c) => `$${r * columns.length + c + 1}`).join(', ')})`);
    const names = columns.map(name).join(', ');
    const text = `insert into ${placeOf(table)} (${names}) overriding system value values ${places.join(', ')}`;
    await client.query(text, rows.flat());
  }
}

function placeOf({ schema, table }: TargetTable): string {
  return `${name(schema)}.${name(table)}`;
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}
