import * as z from 'zod';

const text = z.string().min(1);

/** How a connector that publishes the live topics is asked, and where it answers. */
export const signals = z
  .strictObject({
    table: text.describe("Debezium's signal.data.collection: a table of the source, schema.table"),
    notifications: text.describe("Debezium's notification.sink.topic.name: a topic of the same brokers"),
  })
  .optional()
  .describe(
    'where a Debezium connector publishes the live topics (strategy "replay", PostgreSQL): it is asked for incremental snapshots',
  );
