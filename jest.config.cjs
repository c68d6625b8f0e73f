/**
 * The suites. `*.spec.ts` beside the code are unit tests; `*.test.ts` under test/ drive the built processes from outside.
 * Run through `npm test`, which brings what they stand on; see scripts/test.mjs.
 */

/** Packages in node_modules that are ES modules only; jest loads CommonJS. Add one when jest says "Must use import". */
const ES_MODULES =
  '@nestjs|cookie|content-disposition|file-type|load-esm|strtok3|token-types|uint8array-extras|@tokenizer|@borewit';

const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'commonjs' },
};

/** Fault rows that measure milliseconds: a neighbour on the other core would be in their figures. */
const MEASURED = ['callers', 'user-code'].map((name) => `test/failures/${name}.test.ts`);

/** @param {string} name @param {string[]} testMatch @param {string[]} [others] files of another suite */
const suite = (name, testMatch, others = []) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  moduleNameMapper: { '^@invoq/(.*)$': '<rootDir>/libs/$1' },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.data/', ...others.map((path) => `<rootDir>/${path}`)],
  // dist holds a second copy of all sources.
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/.data/',
    '<rootDir>/test/doors/clients/node_modules/',
    '<rootDir>/test/described/generators/node_modules/',
    '<rootDir>/test/client/runtimes/node_modules/',
    '<rootDir>/test/kubernetes/models/node_modules/',
    '<rootDir>/bench/rivals/node_modules/',
  ],
});

module.exports = {
  // Two cores: a third process would only make the clocks of the others lie.
  maxWorkers: 2,
  // For tests that hang; one that waits for something states its own limit (test/harness/until.ts). Jest heeds this
  // setting here, for all suites, and nowhere else.
  testTimeout: 30_000,
  projects: [
    suite('unit', ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts', 'bench/**/*.spec.mjs']),
    suite('invocation', ['test/invocation/**/*.test.ts']),
    suite('doors', ['test/doors/**/*.test.ts']),
    suite('client', ['test/client/**/*.test.ts']),
    suite('described', ['test/described/**/*.test.ts']),
    suite('kubernetes', ['test/kubernetes/**/*.test.ts']),
    suite('cli', ['test/cli/**/*.test.ts']),
    suite('proxies', ['test/proxies/**/*.test.ts']),
    suite('start', ['test/start/**/*.test.ts']),
    suite('docs', ['test/docs/**/*.test.ts']),
    suite('console', ['test/console/**/*.test.ts']),
    suite('security', ['test/security/**/*.test.ts']),
    suite('fleet', ['test/fleet/**/*.test.ts']),
    suite('monitoring', ['test/monitoring/**/*.test.ts']),
    suite('failures', ['test/failures/**/*.test.ts'], MEASURED),
    suite('measured', MEASURED),
    // Minutes long, and asked for by name alone: `npm run soak`.
    suite('soak', ['test/soak/**/*.test.ts']),
  ],
};
