import type { StepRegistry } from './strategy.ts';

/** What runs outside the VPC and calls control-plane APIs. */
export const controlPlane: StepRegistry = {};
