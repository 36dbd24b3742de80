export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Need files that lie beside the repository, a MariaDB server, moto, Spark, and Kafka: npm run test:shared-data, test:mariadb, …
  testPathIgnorePatterns: [
    '/node_modules/',
    '/test/shared-data/',
    '/test/mariadb/',
    '/test/moto/',
    '/test/spark/',
    '/test/kafka/',
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  setupFiles: ['<rootDir>/test/support/errors-of-node.ts'],
  // One PostgreSQL server for the whole run: starting one costs a second.
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // For what hangs: on a busy machine everything takes longer.
  testTimeout: 180_000,
  testSequencer: '<rootDir>/test/support/global-sequencer.ts',
  // On two cores: half of the time is spent waiting, for servers and for clocks.
  maxWorkers: 4,
};
