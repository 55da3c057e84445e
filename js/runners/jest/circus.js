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
 * @returns {{ name: string, parent: object, errors: unknown[], asyncError?: Error } | null}
 */
function currentTest(realm) {
  return stateOf(realm)?.currentlyRunningTest ?? null;
}

/** `describe > test` */
function nameOf(test) {
  const names = [];
  // The outermost block has no name that anybody gave it.
  for (let block = test; block.parent; block = block.parent) names.unshift(block.name);
  return names.join(' > ');
}

/** The tests made by `test.concurrent()`. Those that take a callback cannot be. */
function concurrentTests(realm) {
  const within = ({ children }) => children.flatMap((child) => (child.type === 'describeBlock' ? within(child) : [child]));
  const root = stateOf(realm)?.rootDescribeBlock;
  return root === undefined ? [] : within(root).filter(({ concurrent, fn }) => concurrent && fn?.length === 0);
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

module.exports = { concurrentTests, currentTest, keepLast, nameOf };
