import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const SOURCES = ['packages/*/src/**/*.{ts,mts}'];
const TESTS = ['packages/*/test/**/*.ts', 'packages/*/bench/**/*.ts', 'packages/*/test-types/**/*.ts'];
const SCRIPTS = [
  'packages/*/bench/*.mjs',
  'scripts/**/*.mjs',
  'packages/*/build/**/*.mjs',
  'packages/*/test/**/*.mjs',
  'eslint.config.mjs',
  'examples/**/*.mjs',
];
/** AssemblyScript, which its own compiler checks, and what is made by program. */
const NOT_TYPESCRIPT = ['packages/*/assembly/', 'packages/*/src/generated/'];

const tensorFlowInternals = {
  patterns: [
    {
      group: ['@tensorflow/*/dist/*'],
      message: 'Use what TensorFlow.js exports; its dist/ changes without notice.',
    },
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', 'coverage/', 'docs/api/', ...NOT_TYPESCRIPT] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,mts}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.check.json', './tsconfig.typetest.json'] } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      // A name for a type that a schema implies.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-confusing-void-expression': 'off', // `() => tf.dispose(x)` reads well
      '@typescript-eslint/no-base-to-string': 'off', // String(cause) of what somebody threw
      '@typescript-eslint/no-misused-spread': 'off', // [...'NHWC'] is what it looks like
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off', // input from files is not what its type says
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off', // `inputs.need<T>(name)` says what is expected
      '@typescript-eslint/require-await': 'off', // an interface may ask for a promise
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // data is a Model or a Facts by its shape
      'no-restricted-imports': ['error', tensorFlowInternals],
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: SOURCES,
    rules: {
      'max-lines': ['error', { max: 400 }],
      // The same sources are published as ES modules, which have none of these.
      'no-restricted-globals': ['error', 'require', '__dirname', '__filename', 'module', 'exports'],
    },
  },
  {
    // Not published: CommonJS only.
    files: ['packages/testing/**/*.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: [...TESTS, 'packages/testing/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off', // chai's `expect(x).to.be.true`
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    // The compiler is the test there, and code that must not compile has no types to lint.
    files: ['packages/*/test-types/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['examples/**/*.ts', 'scripts/**/*.ts', 'packages/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['scripts/**/*.cjs', 'packages/**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        require: 'readonly',
        module: 'writable',
        exports: 'writable',
        __dirname: 'readonly',
        process: 'readonly',
        Buffer: 'readonly',
        console: 'readonly',
      },
    },
  },
  {
    files: SCRIPTS,
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        WebAssembly: 'readonly',
      },
    },
  },
);
