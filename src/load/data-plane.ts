import { advance } from './direct/advance.ts';
import { provision } from './direct/provision.ts';
import { settle } from './direct/settle.ts';
import { tearDown } from './direct/tear-down.ts';
import { dropControlTables } from './dms/control-tables.ts';
import { emptyTables } from './dms/empty-tables.ts';
import { settle as settleDms } from './dms/settle.ts';
import { confirm } from './glue/confirm.ts';
import { dropStaging } from './glue/drop-staging.ts';
import { advance as feed } from './kafka-topic/advance.ts';
import { provision as provisionFeed } from './kafka-topic/provision.ts';
import { tearDown as tearDownFeed } from './kafka-topic/tear-down.ts';
import { advance as replay } from './replay/advance.ts';
import { provision as provisionReplay } from './replay/provision.ts';
import { stopBySignal } from './replay/signal/stop.ts';
import { tearDown as tearDownReplay } from './replay/tear-down.ts';
import { findLag } from '../target/topics/find-lag.ts';
import type { StepRegistry } from './strategy.ts';

/** What runs in the VPC, beside the data. Apart from the control plane, so that no function carries both. */
export const dataPlane: StepRegistry = {
  direct: { provision, advance, settle, tearDown },
  dms: { advance: emptyTables, settle: settleDms, clean: dropControlTables },
  glue: { advance: confirm, clean: dropStaging, findLag },
  'kafka-topic': { provision: provisionFeed, advance: feed, tearDown: tearDownFeed, findLag },
  replay: { provision: provisionReplay, advance: replay, clean: stopBySignal, tearDown: tearDownReplay },
};
