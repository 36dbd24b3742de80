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
};
