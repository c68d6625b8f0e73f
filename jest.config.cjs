/**
 * The suites. `*.spec.ts` beside the code are unit tests; `*.test.ts` under test/ drive the built house from outside.
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

/** @param {string} name @param {string[]} testMatch */
const suite = (name, testMatch) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', swc] },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  moduleNameMapper: { '^@invoq/(.*)$': '<rootDir>/libs/$1' },
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.data/'],
  // dist holds a second copy of whatever the house is made of.
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/.data/',
    '<rootDir>/test/doors/clients/node_modules/',
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
    suite('unit', ['libs/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts']),
    suite('invocation', ['test/invocation/**/*.test.ts']),
    suite('doors', ['test/doors/**/*.test.ts']),
    suite('client', ['test/client/**/*.test.ts']),
    suite('start', ['test/start/**/*.test.ts']),
    suite('failures', ['test/failures/**/*.test.ts']),
    // Minutes long, and asked for by name alone: `npm run soak`.
    suite('soak', ['test/soak/**/*.test.ts']),
  ],
};
