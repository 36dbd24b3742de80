// As a namespace: see schema.ts.
import * as z from 'zod';

/**
 * The SDK's values of CreateJobRequest.WorkerType for Spark jobs, but for G.025X, which is for streams, and Standard, which
 * Glue 5 doesn't have.
 */
export const GLUE_WORKER_TYPES = [
  'G.1X',
  'G.2X',
  'G.4X',
  'G.8X',
  'G.12X',
  'G.16X',
  'R.1X',
  'R.2X',
  'R.4X',
  'R.8X',
] as const;
/** "Jobs must have timeout values less than 7 days or 10080 minutes": CreateJobRequest.Timeout. */
export const LONGEST_GLUE_TIMEOUT_MINUTES = 10_079;
/** The SDK gives it for development endpoints of the smallest type. */
const MOST_GLUE_WORKERS = 299;

const count = z.int().min(1);

/** Fields of a request that only one strategy reads, or two; a part of schema.ts, which has the rest. */
export const strategySettings = {
  direct: z
    .strictObject({ chunkRows: count.optional().describe('rows a chunk holds at most') })
    .optional()
    .describe('settings of the strategy direct'),
  dms: z
    .strictObject({
      mode: z
        .enum(['instance', 'serverless'])
        .optional()
        .describe('what runs the load: "instance" (a replication instance, the default) or "serverless"'),
      replicationInstanceArn: z
        .string()
        .regex(/^arn:aws[a-z-]*:dms:[a-z0-9-]+:\d{12}:rep:[A-Za-z0-9-]+$/, 'must be the ARN of a replication instance')
        .optional()
        .describe('arn:aws:dms:<region>:<account>:rep:<name>, an instance to use instead of a temporary one'),
      replicationInstanceClass: z
        .string()
        .regex(/^dms\.[a-z0-9]+\.[a-z0-9]+$/, 'must be the class of a replication instance')
        .optional()
        .describe('the class of the temporary instance, such as dms.r6i.large'),
      subnetGroup: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,255}$/, 'must be letters, digits, dots, underscores or hyphens, at most 255')
        .optional()
        .describe('the replication subnet group of what is made, which must be there already'),
      validation: z.boolean().optional().describe("whether DMS's own validation runs too"),
      assessment: z.boolean().optional().describe('whether a premigration assessment runs first'),
      stalledMinutes: count
        .optional()
        .describe('minutes without progress after which the load is given up; 60 when absent'),
    })
    .optional()
    .describe('settings of the strategy dms'),
  glue: z
    .strictObject({
      workerType: z
        .enum(GLUE_WORKER_TYPES)
        .optional()
        .describe(`what a worker is: ${GLUE_WORKER_TYPES.join(', ')}; chosen by the size of the tables when absent`),
      numberOfWorkers: z
        .int()
        .min(2)
        .max(MOST_GLUE_WORKERS)
        .optional()
        .describe('workers of the job, of which one drives; by the size of the tables when absent'),
      timeoutMinutes: count
        .max(LONGEST_GLUE_TIMEOUT_MINUTES)
        .optional()
        .describe("minutes after which the job is stopped, less than 7 days; until the load's deadline when absent"),
    })
    .optional()
    .describe('settings of the strategy glue'),
  kafka: z
    .strictObject({
      partitions: count.optional().describe('partitions of a temporary topic'),
      replicationFactor: count.optional().describe('replication factor of a temporary topic'),
      retentionHours: count.optional().describe('hours that a temporary topic keeps its records'),
      chunkRows: count.optional().describe('rows that one transaction holds at most'),
      format: z
        .enum(['plain', 'debezium'])
        .optional()
        .describe(
          'how records are written: "plain" (the row alone) or "debezium" (in the envelope of its connector); as the live topic has them when absent, else plain',
        ),
    })
    .optional()
    .describe('settings of the strategies kafka-topic and replay'),
};
