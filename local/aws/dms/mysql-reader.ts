import { createConnection, escape, escapeId, type Connection, type RowDataPacket } from 'mysql2';
import type { ChosenTable, SourceColumn, SourceTable } from './chosen-tables.ts';
import { rangesOf, whereOf, type Dialect, type Login, type Reader, type Value } from './database.ts';

const ROWS = 1_000;
/** Times as UTC, as the writer takes them; the usual sql_mode, in which literals are escaped by backslashes. */
const SESSION = `set session time_zone = '+00:00', sql_mode = ''`;

const COLUMNS = `
  select c.table_schema as s, c.table_name as t, c.column_name as name, c.data_type as type
  from information_schema.columns c join information_schema.tables i using (table_schema, table_name)
  where i.table_type = 'BASE TABLE'
    and c.table_schema not in ('mysql', 'sys', 'information_schema', 'performance_schema')
  order by c.table_schema, c.table_name, c.ordinal_position`;
const KEYS = `
  select table_schema as s, table_name as t, index_name as name, column_name as part
  from information_schema.statistics k
  where non_unique = 0 and not exists (
    select * from information_schema.statistics o
    where o.table_schema = k.table_schema and o.table_name = k.table_name and o.index_name = k.index_name
      and (o.nullable = 'YES' or o.sub_part is not null or o.column_name is null))
  order by table_schema, table_name, index_name <> 'PRIMARY', index_name, seq_in_index`;

const NUMBERS = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year']);
const BYTES = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'geometry']);
const LOBS = new Set([
  'tinyblob',
  'blob',
  'mediumblob',
  'longblob',
  'tinytext',
  'text',
  'mediumtext',
  'longtext',
  'json',
]);

const dialect: Dialect = {
  name: escapeId,
  literal: (value, isNumber) => (isNumber && /^[+-]?\d+(\.\d+)?$/.test(value) ? value : escape(value)),
};

interface MysqlColumn extends SourceColumn {
  type: string;
}

/** For MySQL and MariaDB. Each read has a connection of its own: one that is given up leaves nothing to drain. */
export async function openMysqlReader(login: Login): Promise<Reader> {
  const open = new Set<Connection>();
  const connect = async () => {
    const connection = await connected(login);
    open.add(connection);
    return connection;
  };
  const catalogue = await connect();
  const closeAll = async () => {
    for (const connection of open) connection.destroy();
    open.clear();
  };
  return {
    async listTables() {
      const tables = new Map<string, SourceTable>();
      for (const { s, t, name, type } of await query<{ s: string; t: string; name: string; type: string }>(
        catalogue,
        COLUMNS,
      )) {
        const table = tables.get(`${s}.${t}`) ?? { schema: s, table: t, columns: [] };
        table.columns.push(columnOf(name, type.toLowerCase()));
        tables.set(`${s}.${t}`, table);
      }
      const keys = await query<{ s: string; t: string; name: string; part: string }>(catalogue, KEYS);
      for (const table of tables.values()) {
        const parts = keys.filter(({ s, t }) => s === table.schema && t === table.table);
        if (parts.length > 0) table.key = parts.filter(({ name }) => name === parts[0]?.name).map(({ part }) => part);
      }
      return [...tables.values()];
    },

    async *read(table) {
      for (const range of rangesOf(table)) {
        const connection = await connect();
        try {
          yield* readRange(connection, table, range);
        } finally {
          connection.destroy();
          open.delete(connection);
        }
      }
    },

    async count(table) {
      const [row] = await query<{ n: string }>(
        catalogue,
        `select count(*) as n from ${placeOf(table)}${whereOf(table, dialect)}`,
      );
      return Number(row?.n);
    },

    cut: () => kill([...open], login),
    close: closeAll,
  };
}

/** By the server: to a connection that is closed here, what it waits for would never end. */
async function kill(connections: Connection[], login: Login): Promise<void> {
  const other = await connected(login);
  try {
    for (const { threadId } of connections) await query(other, `kill ${threadId}`).catch(() => {});
  } finally {
    other.destroy();
  }
}

async function* readRange(connection: Connection, table: ChosenTable, range: number): AsyncGenerator<Value[][]> {
  const columns = table.columns.map(({ source }) => expressionOf(source as MysqlColumn)).join(', ');
  const sql = `select ${columns} from ${placeOf(table)}${whereOf(table, dialect, range)}`;
  const rows = connection
    .query({ sql, rowsAsArray: true, typeCast: (field) => field.string('utf8') })
    .stream({ highWaterMark: ROWS });
  // A lost connection is told to whoever waits for a callback, and to no stream.
  connection.once('error', (error) => rows.destroy(error));
  let batch: Value[][] = [];
  for await (const row of rows) {
    batch.push(row as Value[]);
    if (batch.length < ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function columnOf(name: string, type: string): MysqlColumn {
  const lob = LOBS.has(type) ? (BYTES.has(type) ? 'bytes' : 'text') : undefined;
  return { name, type, isNumber: NUMBERS.has(type), ...(lob && { lob }) };
}

/** Bytes as the writer has them; bits as a number; a float by all of its digits, of which the server shows six. */
function expressionOf({ name, type }: MysqlColumn): string {
  const column = dialect.name(name);
  if (BYTES.has(type)) return `concat('\\\\x', lower(hex(${column})))`;
  if (type === 'bit') return `${column} + 0`;
  return type === 'float' ? `${column} + 0e0` : column;
}

function placeOf({ source }: ChosenTable): string {
  return `${dialect.name(source.schema)}.${dialect.name(source.table)}`;
}

async function connected({ host, port, user, password, database, tls }: Login): Promise<Connection> {
  const connection = createConnection({
    host,
    port,
    user,
    password,
    ...(database !== '' && { database }),
    charset: 'utf8mb4',
    connectTimeout: 10_000,
    ...(tls !== 'none' && { ssl: { rejectUnauthorized: tls !== 'require' } }),
  });
  // What is cut fails the query that is under way; without a listener it would end the process as well.
  connection.on('error', () => {});
  await query(connection, SESSION);
  return connection;
}

function query<Row>(connection: Connection, sql: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[]>({ sql, typeCast: (field) => field.string('utf8') }, (error, rows) => {
      if (error) reject(error);
      else resolve(rows as Row[]);
    });
  });
}
