interface Suite {
  path: string;
  context: { config: { rootDir: string }; hasteFS: { getSize(path: string): number | null } };
}

/** Of a whole run, what takes longest, longest first; the rest takes less than half a minute each. */
const LONGEST = [
  'test/local/glue-faults.test.ts',
  'test/local/dms-faults.test.ts',
  'test/local/dms-aborts.test.ts',
  'test/local/glue-aborts.test.ts',
  'test/local/killed-loads.test.ts',
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
