import { advance } from './dms/advance.ts';
import { leftovers } from './dms/leftovers.ts';
import { provision } from './dms/provision.ts';
import { tearDown } from './dms/tear-down.ts';
import { advance as advanceGlue } from './glue/advance.ts';
import { leftovers as leftoversOfGlue } from './glue/leftovers.ts';
import { provision as provisionGlue } from './glue/provision.ts';
import { tearDown as tearDownGlue } from './glue/tear-down.ts';
import type { StepRegistry } from './strategy.ts';

/** What runs outside the VPC and calls control-plane APIs. */
export const controlPlane: StepRegistry = {
  dms: { provision, advance, tearDown, leftovers },
  glue: { provision: provisionGlue, advance: advanceGlue, tearDown: tearDownGlue, leftovers: leftoversOfGlue },
};
