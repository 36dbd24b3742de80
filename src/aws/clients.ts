/**
 * The only place that makes SDK clients. Each is loaded and made on first use, so that a local run, which needs none,
 * doesn't pay for them in time and memory, and a bundle holds only those that its function can reach (which is why the
 * calls are marked as pure). Region, endpoint and credentials come from where the SDK always looks for them.
 *
 * Every function answers the client and its SDK package: `const { client, sdk } = await sns()`.
 */
const settings: { region?: string; maxAttempts: number; retryMode: string; requestHandler: object } = {
  maxAttempts: 5,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};

/** For a command line that was told a region, before the first client is made. */
export function useRegion(region: string): void {
  settings.region = region;
}

export const s3 = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-s3');
  return { sdk, client: new sdk.S3Client(settings) };
});

export const secretsManager = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-secrets-manager');
  return { sdk, client: new sdk.SecretsManagerClient(settings) };
});

export const ssm = /* @__PURE__ */ once(async () => {
  const sdk = await import('./ssm-sdk.ts');
  return { sdk, client: new sdk.SSMClient(settings) };
});

export const eventBridge = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-eventbridge');
  return { sdk, client: new sdk.EventBridgeClient(settings) };
});

export const sns = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-sns');
  return { sdk, client: new sdk.SNSClient(settings) };
});

export const sqs = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-sqs');
  return { sdk, client: new sdk.SQSClient(settings) };
});

export const stepFunctions = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-sfn');
  return { sdk, client: new sdk.SFNClient(settings) };
});

export const databaseMigrationService = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-database-migration-service');
  return { sdk, client: new sdk.DatabaseMigrationServiceClient(settings) };
});

export const glue = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-glue');
  return { sdk, client: new sdk.GlueClient(settings) };
});

/** Amazon MSK: what it says of clusters and topics. Their brokers are src/kafka's. */
export const kafka = /* @__PURE__ */ once(async () => {
  const sdk = await import('./kafka-sdk.ts');
  return { sdk, client: new sdk.KafkaClient(settings) };
});

export const lambda = /* @__PURE__ */ once(async () => {
  const sdk = await import('@aws-sdk/client-lambda');
  return { sdk, client: new sdk.LambdaClient(settings) };
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
