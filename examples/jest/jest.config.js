'use strict';

module.exports = {
  // All that leakline needs. A leak fails its test from here on.
  setupFilesAfterEnv: ['leakline/jest/setup'],
  // JavaScript runs as it is, TypeScript through SWC; leakline follows the source maps.
  testMatch: ['<rootDir>/test/**/*.test.{js,ts}'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }] },
};
