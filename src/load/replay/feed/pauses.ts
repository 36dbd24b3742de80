import type { StepAnswer } from '../../../step.ts';
import { Lagging } from '../lagging.ts';
import { goOn, pause, waitingForOthers } from '../pause.ts';
import { renewWindow, type Replay, type ReplayedTable } from './open-tables.ts';

/** What one invocation pauses for, which ends it: nothing waits in an invocation, and nothing is open meanwhile. */
export class Pauses {
  readonly #replay: Replay;
  readonly #lagging: Lagging;
  #isGoing = false;

  constructor(replay: Replay) {
    this.#replay = replay;
    this.#lagging = new Lagging(replay.feed.load, replay.feed.cluster);
  }

  /** Before a chunk of the table. @returns the answer, if it must wait: for consumers that are behind, or for who writes */
  async before(table: ReplayedTable): Promise<StepAnswer | undefined> {
    const { load } = this.#replay.feed;
    const lagging = await this.#lagging.find();
    if (lagging.length > 0) return pause(load, waitingForOthers(lagging));
    await renewWindow(this.#replay, table);
    if (!table.isSafe) return pause(load, `transactions that were writing to ${table.plan.source} when the load began`);
    if (!this.#isGoing) await goOn(load);
    this.#isGoing = true;
    return undefined;
  }
}
