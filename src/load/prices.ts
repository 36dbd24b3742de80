/**
 * List prices in US dollars, region us-east-1, as published in 2025: an estimate is for choosing and for limits, not an
 * invoice. Data transfer and logs are left out.
 */
export const PRICES_USD = {
  /** AWS Lambda, arm64, for each GB-second. */
  lambdaGigabyteSecond: 0.0000133334,
  /** AWS Lambda, for each invocation. */
  lambdaInvocation: 0.0000002,
  /** AWS Step Functions, standard workflow, for each state transition. */
  stateTransition: 0.000025,
  /** AWS DMS, one availability zone: an hour of the size `large`, by family. */
  dmsLargeInstanceHour: { t3: 0.146, c5: 0.154, c6i: 0.154, r5: 0.24, r6i: 0.24 },
  /** AWS DMS, storage of an instance, for each gigabyte and month. */
  dmsStorageGigabyteMonth: 0.115,
  /** AWS DMS Serverless, for each capacity unit (2 GB of memory) and hour. */
  dmsCapacityUnitHour: 0.087,
  /** AWS Glue, a Spark job of the standard execution class, for each DPU and hour; a memory-optimized DPU costs more. */
  glueDpuHour: 0.44,
  glueMemoryDpuHour: 0.52,
};
