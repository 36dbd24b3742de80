/** Peak memory of a load of 3,000,000 rows beside one of 300,000: it is to be flat. */
import { table } from './figures.ts';
import { setStage } from './stage.ts';

async function peakMegabytes(rows: number): Promise<number> {
  const stage = await setStage(rows);
  try {
    return (await stage.load(2)).peakMegabytes;
  } finally {
    await stage.remove();
  }
}

const [small, big] = [await peakMegabytes(300_000), await peakMegabytes(3_000_000)];
console.log(
  table(
    ['rows', 'peak MB', 'asked'],
    [
      ['300000', small.toFixed(0), ''],
      ['3000000', big.toFixed(0), 'at most 160'],
      ['ratio', (big / small).toFixed(2), 'at most 1.15'],
    ],
  ),
);
