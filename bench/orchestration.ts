/** What a load of 10,000 rows takes besides moving them: medians of five runs, each in a process of its own. */
import { median, table } from './figures.ts';
import { setStage } from './stage.ts';

const RUNS = 5;
const stage = await setStage(10_000);
try {
  const loads = [];
  for (let round = 0; round < RUNS; round += 1) loads.push(await stage.load(1));
  const orchestration = median(loads.map((load) => load.seconds - load.moveSeconds));
  console.log(
    table(
      ['10,000 rows', 'median', 'asked'],
      [
        ['seconds in all', median(loads.map((load) => load.seconds)).toFixed(2), ''],
        ['seconds moving rows', median(loads.map((load) => load.moveSeconds)).toFixed(2), ''],
        ['seconds of orchestration', orchestration.toFixed(2), 'at most 0.5'],
        ['state transitions', String(median(loads.map((load) => load.transitions))), 'at most 40'],
      ],
    ),
  );
} finally {
  await stage.remove();
}
