interface Suite {
  path: string;
  context: { config: { rootDir: string }; hasteFS: { getSize(path: string): number | null } };
}

/** Of a whole run, what takes longest, longest first. */
const LONGEST = [
  'test/kafka/stitch.test.ts',
  'test/local/dms-faults.test.ts',
  'test/local/glue-faults.test.ts',
  'test/local/dms-aborts.test.ts',
  'test/local/glue-aborts.test.ts',
  'test/local/bad-days.test.ts',
  'test/local/killed-loads.test.ts',
  'test/load/dms/bad-runs.test.ts',
  'test/serverless/dms-called-by-function.test.ts',
  'test/serverless/glue-called-by-function.test.ts',
];

/** Suites that take longest are begun first: begun last, one of them would run alone at the end. Of others the longest text. */
export default class LongestFirst {
  sort(suites: Suite[]): Suite[] {
    const rankOf = ({ path, context }: Suite) => {
      const place = LONGEST.findIndex((name) => path === `${context.config.rootDir}/${name}`);
      return place === -1 ? LONGEST.length : place;
    };
    const bytesOf = ({ path, context }: Suite) => context.hasteFS.getSize(path) ?? 0;
    return suites.toSorted((one, other) => rankOf(one) - rankOf(other) || bytesOf(other) - bytesOf(one));
  }

  cacheResults(): void {}
}
