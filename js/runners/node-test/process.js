'use strict';

/**
 * Which processes run tests. A preload is in others too: in the one that starts a process for each test
 * file, in npm, in threads, and in whatever a test starts. There nothing must ask node:test for
 * anything, because it would report on a run of no tests.
 */

const { isMainThread } = require('node:worker_threads');

/** Marks the processes that a test starts, by their environment. */
const MARK = 'LEAKLINE_NODE_TEST';

function runsTests(env = process.env, args = process.execArgv) {
  if (!isMainThread) return false;
  const isRunner = startsTests(env, args);
  // Its files are nobody's children, wherever it was started.
  if (isRunner) delete env[MARK];
  const runs = isRunner ? isWithoutIsolation(args) : env[MARK] === undefined && isMeant(env, args);
  if (runs) env[MARK] = String(process.pid);
  return runs;
}

/** Whether this process starts those that run tests. */
function startsTests(env = process.env, args = process.execArgv) {
  return isMainThread && args.includes('--test') && env.NODE_TEST_CONTEXT === undefined;
}

function isWithoutIsolation(args) {
  const at = args.findLastIndex((arg) => /^--(experimental-)?test-isolation\b/.test(arg));
  return at >= 0 && /^none$|=none$/.test(args[at].includes('=') ? args[at] : args[at + 1]);
}

/** By NODE_OPTIONS it is in each program, npm for one: then only what the runner starts is meant. */
function isMeant(env, args) {
  if (env.NODE_TEST_CONTEXT !== undefined) return true;
  const isNamedIn = (text) => /leakline[\\/]node-test/.test(text);
  return !isNamedIn(env.NODE_OPTIONS ?? '') || isNamedIn(args.join(' '));
}

module.exports = { runsTests, startsTests };
