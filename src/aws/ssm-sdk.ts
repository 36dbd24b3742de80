/** What is used of the SDK's client for Systems Manager: bundles hold nothing else of it (config/esbuild-plugins.cjs). */
export { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
