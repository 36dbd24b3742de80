// As a namespace: a bundle then leaves out zod's messages in other languages.
import * as z from 'zod';
import { signals } from './signals-schema.ts';
import { strategySettings } from './strategy-settings.ts';

/**
 * The one definition of a load request: the types, the runtime check and schemas/load-request.schema.json come from it.
 * Unknown fields are errors. Credentials never appear in a request: a connection is a reference.
 *
 * Every field has a description: it is what the schema shows in an editor, and the advice when the field is wrong.
 */
export const ENGINES = ['postgres', 'mysql', 'mariadb', 'oracle', 'sqlserver'] as const;
export const STRATEGIES = ['direct', 'dms', 'kafka-topic', 'glue', 'replay'] as const;
/** What a stitch point rests on and only an operator may know; see docs/architecture.md. */
export const STITCH_CONDITIONS = [
  'one-publisher',
  'key-from-row-key',
  'key-update-is-delete-and-insert',
  'full-rows',
  'deletes-published',
  'retention-outlasts',
  'consumer-upserts',
] as const;

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'must be letters, digits, dot, underscore or hyphen, at most 63, and begin with a letter or a digit',
  );
const text = z.string().min(1);
const count = z.int().min(1);
const tableName = text.describe('schema.table; a part with capitals, dots or other signs stands in double quotes');
const columnName = text.describe("a column's name as the catalogue has it, without quotes");
const scalar = z.union([z.string(), z.number(), z.boolean()]).describe('a string, a number, true or false');
const scalarOrNull = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .describe('a string, a number, true, false or null');
const engine = z.enum(ENGINES).describe(`the kind of database: ${ENGINES.join(', ')}`);
const secretReference = text.describe('a Secrets Manager name or ARN, "ssm:/path", or "env:NAME" (local runs only)');

const connection = z
  .union([
    secretReference,
    z.strictObject({
      secret: text.describe('a Secrets Manager name or ARN that holds at least username and password'),
      host: text.optional().describe('the server, when the secret does not say it'),
      port: z.int().min(1).max(65_535).optional().describe("the server's port, when the secret does not say it"),
      dbname: text.optional().describe('the database, when the secret does not say it'),
    }),
  ])
  .describe(
    'a Secrets Manager name or ARN, "ssm:/path", "env:NAME" (local runs only), or an object with secret, host, port, dbname',
  );

const condition = z
  .union([
    z.strictObject({ column: columnName, is: scalarOrNull }),
    z.strictObject({ column: columnName, isNot: scalarOrNull }),
    z.strictObject({ column: columnName, atLeast: scalar }),
    z.strictObject({ column: columnName, atMost: scalar }),
  ])
  .describe('a column and one of is, isNot, atLeast, atMost');

const sourceTable = z
  .union([
    tableName.describe('schema.table, or schema.* for every table of a schema'),
    z.strictObject({
      name: tableName,
      columns: z.array(columnName).min(1).optional().describe('the columns to load; all when absent'),
      where: z.array(condition).min(1).optional().describe('conditions that all hold for the rows to load'),
    }),
  ])
  .describe('"schema.table", "schema.*", or an object with name, columns, where');

const databaseTarget = z.strictObject({
  engine,
  connection,
  tables: z
    .record(z.string(), tableName)
    .default({})
    .describe('source name to target name, "hr.*" to "public.*" too; without an entry the name stays'),
  ifNotEmpty: z
    .enum(['fail', 'truncate', 'upsert'])
    .default('fail')
    .describe(
      'what to do when a target table holds rows: refuse, empty it first, or write over rows with the same key',
    ),
});
const s3Target = z.strictObject({
  engine: z.literal('s3'),
  uri: z
    .string()
    // Spark would take slashes in a row, steps of dots and some signs for another address than S3 does.
    .regex(
      /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/(?!\.{1,2}(\/|$))[A-Za-z0-9_.=-]+)*\/?$/,
      'must be s3://bucket/prefix, of letters, digits, _, ., = and -, without an empty step, . or ..',
    )
    .max(500)
    .describe('s3://bucket/prefix'),
});

const tableTransform = z.strictObject({
  rename: z.record(z.string(), columnName).optional().describe('source column to target column'),
  drop: z.array(columnName).optional().describe('source columns that are not loaded; expressions may still use them'),
  cast: z
    .record(z.string(), text)
    .optional()
    .describe(
      'source column to Spark SQL type, such as decimal(10,2); a value that cannot be cast fails the load. Only Spark knows whether it is a type: the load fails before it reads a row if not',
    ),
  derive: z
    .record(z.string(), text)
    .optional()
    .describe(
      'new column of the target to Spark SQL expression over the source columns, by their names in the source: {"full_name": "concat(first, \' \', last)"}. Only Spark knows whether it is right: the load fails before it reads a row if not',
    ),
  filter: text
    .optional()
    .describe(
      'a Spark SQL condition for the rows to load, over the source columns by their names in the source: "active and born >= \'1990-01-01\'". Only Spark knows whether it is right',
    ),
  deduplicate: z
    .strictObject({
      key: z.array(columnName).min(1).describe('source columns of which each combination is kept once'),
      keep: text
        .optional()
        .describe('a Spark SQL order, such as "changed_at desc": of rows with the same key the first one is kept'),
    })
    .optional()
    .describe('keeps one row for each key'),
  mask: z
    .array(columnName)
    .optional()
    .describe('source columns whose values are replaced by their SHA-256, 64 hexadecimal digits of the text form'),
});

const notifyChannel = z
  .discriminatedUnion('channel', [
    z.strictObject({
      channel: z.literal('eventbridge').describe('eventbridge, sns, sqs or webhook'),
      busName: text.optional().describe("an event bus's name or ARN; the account's default bus when absent"),
    }),
    z.strictObject({
      channel: z.literal('sns'),
      topicArn: z
        .string()
        .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$/, 'must be the ARN of an SNS topic')
        .describe('arn:aws:sns:<region>:<account>:<topic>'),
    }),
    z.strictObject({
      channel: z.literal('sqs'),
      queueUrl: z.url().describe("the queue's https URL"),
    }),
    z.strictObject({
      channel: z.literal('webhook'),
      url: z.url().describe('https, or http to a loopback address'),
      secret: secretReference.describe('what signs: a Secrets Manager name or ARN, "ssm:/path", or "env:NAME"'),
    }),
  ])
  .describe('a channel (eventbridge, sns, sqs or webhook) and its address');

export const loadRequestSchema = z.strictObject({
  version: z.literal(1).default(1).describe('version of this format: 1'),
  dataset: name.describe('the name under which these tables are loaded'),
  consumer: name.describe('the app that needs the rows'),
  source: z
    .strictObject({
      engine,
      connection,
      tables: z.array(sourceTable).min(1).describe('the tables to load'),
    })
    .describe('where the rows come from: engine, connection, tables'),
  target: z
    .discriminatedUnion('engine', [databaseTarget, s3Target])
    .optional()
    .describe('where the rows go: engine, connection and the rest for a database, engine "s3" and uri for S3'),
  topics: z
    .strictObject({
      brokers: text.describe('"env:NAME", a reference to a secret, or the ARN of an MSK cluster'),
      tables: z.record(z.string(), text).describe('source table to live topic'),
      consumerGroup: text.optional().describe("the consumer's group"),
      replicationSlot: text
        .optional()
        .describe(
          'the logical replication slot of who publishes (PostgreSQL), by which it is known how far that is: Debezium calls it slot.name',
        ),
      declared: z
        .array(z.enum(STITCH_CONDITIONS))
        .default([])
        .describe('conditions of the stitch point that the operator vouches for'),
      signals,
    })
    .optional()
    .describe('the live topics that the consumer follows'),
  transform: z
    .object({
      script: z
        .string()
        .regex(
          /^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/|(?!s3:\/\/)).+\.py$/,
          'must be s3://bucket/….py, or a file ….py',
        )
        .optional()
        .describe(
          "s3://bucket/….py, or in local runs a file ….py: a PySpark module (Glue only) with transform(table, rows, spark), which is given each table's rows after all else and answers those to load",
        ),
    })
    .catchall(tableTransform)
    .optional()
    .describe(
      'for each source table: rename, drop, and (Glue only) cast, derive, filter, deduplicate, mask. All of them see the source columns under their names in the source, as text where Spark has no exact type',
    ),
  strategy: z
    .enum(['auto', ...STRATEGIES])
    .default('auto')
    .describe('how to load; auto chooses and explains itself'),
  acceptReplay: z
    .boolean()
    .optional()
    .describe('true accepts that every consumer of the main topic sees the replayed records, which may be stale'),
  limits: z
    .strictObject({
      deadlineMinutes: count.max(20_160).default(240).describe('minutes after which the load fails, at most 14 days'),
      maxCostUsd: z.number().positive().optional().describe('US dollars that the load may cost, by its estimate'),
      maxSourceConnections: count.max(64).default(4).describe('connections that read from the source at once'),
      maxRecordsPerSecond: count
        .optional()
        .describe('records published a second, at most; when absent, a replay publishes 1000'),
      maxBytesPerSecond: count.optional().describe('bytes published a second, at most'),
      maxConsumerLag: count
        .optional()
        .describe(
          'records that another consumer group may be behind in a live topic before a replay into it pauses; 10000 when absent',
        ),
    })
    .prefault({})
    .describe('what the load may take'),
  verify: z
    .enum(['counts', 'checksums'])
    .default('counts')
    .describe('how completeness is proved: counts, or (of topics) checksums of keys and values as well'),
  notify: z.array(notifyChannel).default([]).describe('who is told how the load ended'),
  onFailure: z
    .enum(['discard', 'keep'])
    .default('discard')
    .describe('a failed load leaves the target as it was found, or keeps rows and checkpoints for a next attempt'),
  ...strategySettings,
});

/** A checked request with every default filled in. */
export type LoadRequest = z.output<typeof loadRequestSchema>;
export type Engine = (typeof ENGINES)[number];
export type StrategyName = (typeof STRATEGIES)[number];
export type ConnectionReference = z.output<typeof connection>;
export type Condition = z.output<typeof condition>;
export type NotifyChannel = z.output<typeof notifyChannel>;
