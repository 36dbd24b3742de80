/**
 * How the client for Kafka gets into the bundles of functions, and no more of it than is used.
 *
 * - @platformatic/kafka says nothing of side effects, so that a bundler keeps its consumer, its registries and their
 *   parsers, of which nothing is used: its modules do nothing but declare.
 * - @platformatic/wasm-utils reads its WebAssembly from a file beside it, which a bundle has not: the other half of the
 *   package holds it as text.
 */
const { isAbsolute } = require('node:path');

const KAFKA_CLIENT = /node_modules[\\/]@platformatic[\\/]kafka[\\/]/;
const RESOLVED = { resolved: true };

const smallBundles = {
  name: 'small-bundles',
  setup(build) {
    const withoutSideEffects = async ({ path, pluginData, ...from }) => {
      if (pluginData === RESOLVED) return undefined;
      const found = await build.resolve(path, { ...from, pluginData: RESOLVED });
      return isAbsolute(found.path) && KAFKA_CLIENT.test(found.path) ? { ...found, sideEffects: false } : found;
    };
    build.onResolve({ filter: /^@platformatic\/kafka$/ }, withoutSideEffects);
    build.onResolve({ filter: /^\.\.?\// }, (asked) =>
      KAFKA_CLIENT.test(asked.importer) ? withoutSideEffects(asked) : undefined,
    );
    build.onResolve({ filter: /^@platformatic\/wasm-utils$/ }, ({ path, ...from }) =>
      build.resolve(`${path}/bundled`, from),
    );
  },
};

module.exports = [smallBundles];
