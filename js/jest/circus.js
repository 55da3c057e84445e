'use strict';

/**
 * What jest-circus, Jest's runner since 27, knows of the tests: found by the symbol that it keeps its
 * state under. With another runner there is no such state, and everything here does without.
 */

function stateOf(realm) {
  const symbol = Object.getOwnPropertySymbols(realm).find(({ description }) => description === 'JEST_STATE_SYMBOL');
  return symbol === undefined ? null : realm[symbol];
}

/**
 * The test that runs.
 * @returns {{ name: string, test: { errors: unknown[], asyncError?: Error } | null }} `describe > test`
 */
function currentTest(realm, expect) {
  const test = stateOf(realm)?.currentlyRunningTest ?? null;
  if (test === null) return { name: expect.getState().currentTestName ?? 'a test', test };
  const names = [];
  // The outermost block has no name that anybody gave it.
  for (let block = test; block.parent; block = block.parent) names.unshift(block.name);
  return { name: names.join(' > '), test };
}

/** Keeps the file's last two hooks its last, whatever it defines later: Jest runs them in order. */
function keepLast(realm) {
  const hooks = stateOf(realm)?.rootDescribeBlock.hooks;
  if (hooks === undefined) return;
  const ours = hooks.slice(-2);
  Object.defineProperty(hooks, 'push', {
    value(...more) {
      this.splice(this.indexOf(ours[0]), 0, ...more);
      return this.length;
    },
    configurable: true,
    writable: true,
  });
}

module.exports = { currentTest, keepLast };
