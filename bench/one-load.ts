/**
 * One load in a process of its own, for the benchmarks: takes a request and a store directory, and prints what it took.
 * The addresses come in SOURCE_URL and TARGET_URL, or KAFKA_BROKERS.
 */
import { keepHeapSmall } from '../cli/small-heap.ts';
import { localServices } from '../local/local-services.ts';
import { runLoad } from '../local/run-load.ts';
import { acknowledgeLoad } from '../src/load/acknowledge.ts';
import { openStore } from '../src/store/open-store.ts';

export interface OneLoad {
  status: string;
  /** From the first state to the last. */
  seconds: number;
  /** From preparing the target to the verified counts. */
  loadAndCountSeconds: number;
  /** While rows were moved: the Map over the shards. */
  moveSeconds: number;
  /** Of this process meanwhile, user and system. */
  moveCpuSeconds: number;
  transitions: number;
  peakMegabytes: number;
}

// As the command line does; whoever measures a function says what is set for it.
if (process.env['NODE_OPTIONS'] === undefined) keepHeapSmall();
const [request, directory] = process.argv.slice(2);
if (request === undefined || directory === undefined) throw new Error('Usage: one-load.ts REQUEST STORE');

const entered = new Map<string, number>();
const exited = new Map<string, number>();
let moveCpu: NodeJS.CpuUsage = process.cpuUsage();
const startedAt = performance.now();
const loadId = `bench-${process.pid}`;
const services = localServices({ store: openStore(directory), now: () => new Date(), print: () => {} });
const end = await runLoad({
  request: JSON.parse(request) as unknown,
  loadId,
  services,
  onEvent({ state, what }) {
    // There is no consumer here: what was loaded goes unread.
    if (state === 'Await consumer' && what === 'entered') void acknowledgeLoad({ loadId }, services);
    if (what === 'entered' && !entered.has(state)) entered.set(state, performance.now());
    if (what === 'exited') exited.set(state, performance.now());
    if (state === 'Load') moveCpu = process.cpuUsage(what === 'entered' ? undefined : moveCpu);
  },
});
const endedAt = performance.now();
if (end.known !== 'result' || end.result.status === 'FAILED')
  throw new Error(`It did not succeed: ${JSON.stringify(end)}`);

const span = (from: string, to: string) => ((exited.get(to) ?? Number.NaN) - (entered.get(from) ?? Number.NaN)) / 1_000;
const report: OneLoad = {
  status: end.result.status,
  seconds: (endedAt - startedAt) / 1_000,
  loadAndCountSeconds: span('Prepare target', 'Verify'),
  moveSeconds: span('Load', 'Load'),
  moveCpuSeconds: (moveCpu.user + moveCpu.system) / 1_000_000,
  transitions: end.transitions,
  peakMegabytes: process.resourceUsage().maxRSS / 1_024,
};
console.log(JSON.stringify(report));
