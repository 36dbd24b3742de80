import { z } from 'zod';

/**
 * The one definition of a load request: the types, the runtime check and schemas/load-request.schema.json come from it.
 * Unknown fields are errors. Credentials never appear in a request: a connection is a reference.
 */
export const ENGINES = ['postgres', 'mysql', 'mariadb', 'oracle', 'sqlserver'] as const;
export const STRATEGIES = ['direct', 'dms', 'glue', 'kafka-topic', 'replay'] as const;
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

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'must be letters, digits, dot, underscore or hyphen (at most 63)');
const tableName = z.string().min(1).describe('schema.table; a part with capitals, dots or other signs stands in double quotes');
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const connection = z.union([
  z.string().min(1).describe('a Secrets Manager name or ARN, "ssm:/path", or "env:NAME" (local runs only)'),
  z.strictObject({
    secret: z.string().min(1).describe('a Secrets Manager name or ARN that holds at least username and password'),
    host: z.string().min(1).optional(),
    port: z.int().min(1).max(65_535).optional(),
    dbname: z.string().min(1).optional(),
  }),
]);

const condition = z.union([
  z.strictObject({ column: z.string(), is: scalar.nullable() }),
  z.strictObject({ column: z.string(), isNot: scalar.nullable() }),
  z.strictObject({ column: z.string(), atLeast: scalar }),
  z.strictObject({ column: z.string(), atMost: scalar }),
]);

const sourceTable = z.union([
  tableName.describe('schema.table, or schema.* for every table of a schema'),
  z.strictObject({
    name: tableName,
    columns: z.array(z.string()).min(1).optional(),
    where: z.array(condition).min(1).optional().describe('conditions that all hold'),
  }),
]);

const databaseTarget = z.strictObject({
  engine: z.enum(ENGINES),
  connection,
  tables: z.record(z.string(), tableName).default({}).describe('source name to target name, "hr.*" to "public.*" too; without an entry the name stays'),
  ifNotEmpty: z.enum(['fail', 'truncate', 'upsert']).default('fail'),
});
const s3Target = z.strictObject({ engine: z.literal('s3'), uri: z.string().regex(/^s3:\/\//, 'must begin with s3://') });

const tableTransform = z.strictObject({
  rename: z.record(z.string(), z.string()).optional(),
  drop: z.array(z.string()).optional(),
  cast: z.record(z.string(), z.string()).optional(),
  derive: z.record(z.string(), z.string()).optional().describe('new column to Spark SQL expression'),
  filter: z.string().optional().describe('a Spark SQL condition'),
  deduplicate: z.strictObject({ key: z.array(z.string()).min(1), keep: z.string().optional() }).optional(),
  mask: z.array(z.string()).optional().describe('columns replaced by their hash'),
});

const notifyChannel = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('eventbridge'), busName: z.string().optional() }),
  z.strictObject({ channel: z.literal('sns'), topicArn: z.string().regex(/^arn:aws[a-z-]*:sns:/, 'must be the ARN of an SNS topic') }),
  z.strictObject({ channel: z.literal('sqs'), queueUrl: z.url() }),
  z.strictObject({
    channel: z.literal('webhook'),
    url: z.url().describe('https, or http to a loopback address'),
    secret: z.string().min(1).describe('reference to the secret that signs: "env:NAME", "ssm:/path" or a Secrets Manager name'),
  }),
]);

export const loadRequestSchema = z.strictObject({
  version: z.literal(1).default(1),
  dataset: name,
  consumer: name,
  source: z.strictObject({ engine: z.enum(ENGINES), connection, tables: z.array(sourceTable).min(1) }),
  target: z.union([databaseTarget, s3Target]).optional(),
  topics: z
    .strictObject({
      brokers: z.string().min(1),
      tables: z.record(z.string(), z.string()),
      consumerGroup: z.string().min(1).optional(),
      declared: z.array(z.enum(STITCH_CONDITIONS)).default([]).describe('conditions of the stitch point that the operator vouches for'),
    })
    .optional(),
  transform: z.object({ script: z.string().optional() }).catchall(tableTransform).optional(),
  strategy: z.enum(['auto', ...STRATEGIES]).default('auto'),
  acceptReplay: z.boolean().optional(),
  limits: z
    .strictObject({
      deadlineMinutes: z.int().min(1).max(20_160).default(240),
      maxCostUsd: z.number().positive().optional(),
      maxSourceConnections: z.int().min(1).max(64).default(4),
      maxRecordsPerSecond: z.int().min(1).optional(),
    })
    .prefault({}),
  verify: z.enum(['counts']).default('counts'),
  notify: z.array(notifyChannel).default([]),
  onFailure: z.enum(['discard', 'keep']).default('discard'),
  direct: z.strictObject({ chunkRows: z.int().min(1).optional().describe('rows a chunk holds at most') }).optional(),
  dms: z
    .strictObject({
      mode: z.enum(['instance', 'serverless']).optional(),
      replicationInstanceArn: z.string().optional(),
      replicationInstanceClass: z.string().optional(),
      subnetGroup: z.string().optional(),
      validation: z.boolean().optional(),
      assessment: z.boolean().optional(),
      stalledMinutes: z.int().min(1).optional(),
    })
    .optional(),
  glue: z
    .strictObject({
      workerType: z.string().optional(),
      numberOfWorkers: z.int().min(2).optional(),
      timeoutMinutes: z.int().min(1).optional(),
    })
    .optional(),
  kafka: z
    .strictObject({
      partitions: z.int().min(1).optional(),
      replicationFactor: z.int().min(1).optional(),
      retentionHours: z.int().min(1).optional(),
    })
    .optional(),
});

/** A checked request with every default filled in. */
export type LoadRequest = z.output<typeof loadRequestSchema>;
export type Engine = (typeof ENGINES)[number];
export type StrategyName = (typeof STRATEGIES)[number];
export type ConnectionReference = z.output<typeof connection>;
export type Condition = z.output<typeof condition>;
export type NotifyChannel = z.output<typeof notifyChannel>;
export type StitchCondition = (typeof STITCH_CONDITIONS)[number];
