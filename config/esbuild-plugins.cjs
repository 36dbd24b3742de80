/**
 * How the client for Kafka gets into the bundles of functions, and no more of it than is used.
 *
 * - @platformatic/kafka says nothing of side effects, so that a bundler keeps its consumer, its registries and their
 *   parsers, of which nothing is used: its modules do nothing but declare.
 * - @platformatic/wasm-utils reads its WebAssembly from a file beside it, which a bundle has not: the other half of the
 *   package holds it as text.
 */
const { readFile } = require('node:fs/promises');
const { dirname, isAbsolute, join } = require('node:path');

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

/**
 * Of the SDK's clients for Amazon MSK and Systems Manager only what src/aws/kafka-sdk.ts and ssm-sdk.ts name. What is imported
 * on first use is bundled as a whole, so it is bundled before, by itself, from the package's ES modules. Their schemas name members by constants, of
 * which the bundler can't tell that they have no effect: by what they stand for it can.
 */
const usedOfClients = {
  name: 'used-of-clients',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/]aws[\\/][a-z]+-sdk\.ts$/ }, async ({ path }) => {
      const [, named] = /[\\/]([a-z]+)-sdk\.ts$/.exec(path);
      const packageDirectory = dirname(
        require.resolve(`@aws-sdk/client-${named}/package.json`, { paths: [dirname(path)] }),
      );
      const client = {
        name: 'client',
        setup(inner) {
          inner.onResolve({ filter: new RegExp(`^@aws-sdk/client-${named}$`) }, () => ({
            path: join(packageDirectory, 'dist-es', 'index.js'),
            sideEffects: false,
          }));
          inner.onResolve({ filter: /^(@aws-sdk|@smithy|node:)/ }, ({ path: other }) => ({
            path: other,
            external: true,
          }));
          inner.onLoad({ filter: /schemas_\d+\.js$/ }, async ({ path: schemas }) => ({
            contents: withPlainNames(await readFile(schemas, 'utf8')),
          }));
        },
      };
      const options = { bundle: true, platform: 'node', format: 'esm', write: false, plugins: [client] };
      const { outputFiles } = await build.esbuild.build({ entryPoints: [path], ...options });
      return { contents: outputFiles[0].text, resolveDir: packageDirectory, loader: 'js' };
    });
  },
};

/** `{ [_jN]: _tN }` → `{ "jsonName": _tN }` */
function withPlainNames(schemas) {
  const names = new Map([...schemas.matchAll(/^const (\w+) = ("\w+");$/gm)].map(([, name, text]) => [name, text]));
  return schemas.replaceAll(/\[(_\w+)\]: /g, (found, name) => (names.has(name) ? `${names.get(name)}: ` : found));
}

module.exports = [smallBundles, usedOfClients];
