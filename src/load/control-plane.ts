import { advance } from './dms/advance.ts';
import { leftovers } from './dms/leftovers.ts';
import { provision } from './dms/provision.ts';
import { tearDown } from './dms/tear-down.ts';
import type { StepRegistry } from './strategy.ts';

/** What runs outside the VPC and calls control-plane APIs. */
export const controlPlane: StepRegistry = {
  dms: { provision, advance, tearDown, leftovers },
};
