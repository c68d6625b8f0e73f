/** The rules that the compiler cannot hold: promises that nobody waits for, types that leak, and who may read what. */
import tseslint from 'typescript-eslint';

/** process.env has one owner, so that every setting is found in one place, checked, and told when it is wrong. */
const environmentIsOwned = {
  'no-restricted-properties': [
    'error',
    {
      object: 'process',
      property: 'env',
      message: 'Settings are read in libs/host only; take the value from your settings.',
    },
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        { name: 'node:process', message: 'Use the global `process`; its `env` is read in libs/host only.' },
        { name: 'process', message: 'Use the global `process`.' },
      ],
    },
  ],
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      'dist/',
      '.data/',
      'coverage/',
      'examples/',
      'libs/executor/fixtures/',
      'test/described/programs/',
      '**/*.d.ts',
    ],
  },
  {
    name: 'typescript',
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...environmentIsOwned,
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Imports of types vanish from what is built; a module that is imported for its types alone must not be loaded.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      // An ending or a refusal that is added later must be met at every place that tells them apart.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Interfaces of ours write functions as methods, and the sandbox keeps clean copies of built-ins apart from `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An async method without an await may be what an interface asks for.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-constant-binary-expression': 'error',
    },
  },
  {
    name: 'who may read the environment: the settings, and the other process that is a sandbox',
    files: [
      'libs/host/**/*.ts',
      'libs/executor/child/**/*.ts',
      '**/*.spec.ts',
      '**/fixtures/**/*.ts',
      'test/**/*.ts',
      'bench/**',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  {
    name: "who may print: tests, measurements, and the sandbox, whose console is the function's own",
    files: ['libs/executor/child/**/*.ts', '**/*.spec.ts', 'test/**/*.ts', 'bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    name: 'tests read JSON that they have just written or been answered',
    files: ['**/*.spec.ts', '**/fixtures/**/*.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    name: 'scripts: plain Node, not compiled, so a name that does not exist is found here or nowhere',
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      sourceType: 'module',
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'fetch',
          'URL',
          'globalThis',
          'AbortController',
          'AbortSignal',
          'Buffer',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'setImmediate',
          'performance',
          'structuredClone',
          'TextDecoder',
          'TextEncoder',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: {
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-unreachable': 'error',
      'no-dupe-keys': 'error',
      'no-constant-binary-expression': 'error',
      'no-unsafe-finally': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } },
  },
);
