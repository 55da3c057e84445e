'use strict';

const js = require('@eslint/js');

// What Node has beyond the language, as far as it is used here.
const globals = Object.fromEntries(
  [
    'AbortController', 'AbortSignal', 'Buffer', 'Event', 'EventTarget', 'URL', 'clearImmediate', 'clearInterval',
    'clearTimeout', 'console', 'fetch', 'gc', 'performance', 'process', 'queueMicrotask', 'setImmediate', 'setInterval',
    'setTimeout', 'structuredClone', 'TextDecoder', 'TextEncoder', 'MessageChannel', 'WebSocket',
  ].map((name) => [name, 'readonly']),
);
const commonjs = { __dirname: 'readonly', __filename: 'readonly', exports: 'writable', module: 'readonly', require: 'readonly' };

/**
 * What a program may have replaced, where leakline runs inside its calls. What installs a hook runs at the start. The rest is
 * held by __test__/hooks/replaced-builtins.spec.js, which sees each call.
 */
const inCalls = ':function:not([id.name=/^(install|internals|replaceConstructor|createBudget|createYoungTimers|watchIterators|expect|symbolOf)$/])';
const message = 'The program may have replaced it: take it from js/base/primordials.js, or loop by index.';
const replaceable = [
  { selector: `${inCalls} CallExpression > MemberExpression.callee[object.name=/^(Array|JSON|Math|Object|Reflect)$/]`, message },
  { selector: `${inCalls} CallExpression > MemberExpression.callee[computed=false][property.name=/^(pop|shift|unshift|splice|some|every|reduce|reverse|toReversed|call|bind|apply|deref|startsWith|endsWith)$/]`, message },
  { selector: `${inCalls} ForOfStatement`, message },
];

module.exports = [
  { ignores: ['node_modules/', 'target/', '.nodes/', '.projects/', 'examples/api-server/.build/'] },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals: { ...globals, ...commonjs } },
    rules: { strict: ['error', 'global'] },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-throw-literal': 'error',
      'no-self-compare': 'error',
      'no-unmodified-loop-condition': 'error',
      'no-implicit-globals': 'error',
      'default-case-last': 'error',
      // A name with _ in front says: it is there for what follows it.
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['js/{hooks,recording}/**/*.js'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > Property[kind=/^[gs]et$/]',
          message: 'V8 makes a dictionary of an object that is written with an accessor: each call of one of its methods looks it up. Write a function.',
        },
        ...replaceable,
      ],
    },
  },
  {
    // Pools and what learns V8's ways run at the start, or call what a package has of its own.
    files: ['js/hooks/pools/**/*.js', 'js/hooks/index.js', 'js/recording/stack-keys.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // While leakline records, the global ones are hooked.
    files: ['js/{census,engine,hooks,recording}/**/*.js'],
    rules: {
      'no-restricted-globals': ['error', ...['Map', 'Set'].map((name) => ({ name, message: `While leakline records it registers each ${name}: take it from base/originals.js.` }))],
    },
  },
  {
    // What Jest gives to its test files.
    files: ['__test__/fixtures/suites/{leaky,shapes}/tests/*.js', 'examples/jest/test/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'jest', 'test'].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['js/**/*.js'],
    rules: {
      'no-restricted-properties': ['error', { object: 'fs', property: 'mkdirSync', message: 'With `recursive` it never returns on some file systems: see base/make-folder.js.' }],
      // A line that stays behind would be printed by every process that leakline watches.
      'no-console': 'error',
    },
  },
];
