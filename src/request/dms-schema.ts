// As a namespace: a bundle then leaves out zod's messages in other languages.
import * as z from 'zod';

/** Settings of the strategy dms, a part of the request: see schema.ts. */
export const dmsSettings = z.strictObject({
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
  stalledMinutes: z
    .int()
    .min(1)
    .optional()
    .describe('minutes without progress after which the load is given up; 60 when absent'),
});
