'use strict';

/**
 * Which lines ran in the rounds: V8's coverage, from when something has grown until the check ends. Where somebody else
 * counts already, as a test runner does, their counts are read and left alone. A function that was compiled before counts
 * as a whole, one that is compiled meanwhile block by block.
 */

const { Map } = require('../base/originals.js');

function createCoverage() {
  let session = null;
  /** Counts of somebody else's when this began, by range; null while the counting is ours. */
  let before = null;
  let counted = null;

  function post(method, params) {
    let result;
    let failure = null;
    session.post(method, params, (error, answer) => {
      failure = error;
      result = answer;
    });
    if (failure !== null) throw new Error(`${method}: ${failure.message}`);
    return result;
  }

  function read() {
    if (session === null) return new Map();
    const isOurs = before === null;
    const { result } = post(isOurs ? 'Profiler.takePreciseCoverage' : 'Profiler.getBestEffortCoverage');
    return byScript(result);
  }

  return {
    /** From now on it is counted. */
    begin() {
      if (session !== null) return;
      const { Session } = require('node:inspector');
      session = new Session();
      session.connect();
      post('Profiler.enable');
      const { result } = post('Profiler.getBestEffortCoverage');
      if (result.some(({ functions }) => functions.some(({ isBlockCoverage }) => isBlockCoverage))) before = byScript(result);
      else post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    },

    /** What is counted later does not matter. */
    take() {
      counted ??= read();
    },

    /** Whether the code at an offset of a script ran between `begin` and `take`. */
    hasRun(scriptId, at) {
      const found = innermost(counted?.get(scriptId), at);
      if (found === null) return false;
      const earlier = before === null ? 0 : countOf(before.get(scriptId), found);
      return found.count > earlier;
    },

    /** The name of the function at an offset; null when it has none. */
    nameAt: (scriptId, at) => innermost(counted?.get(scriptId), at)?.name || null,

    end() {
      if (session === null) return;
      try {
        if (before === null) post('Profiler.stopPreciseCoverage');
        post('Profiler.disable');
      } finally {
        session.disconnect();
        session = null;
      }
    },
  };
}

function byScript(result) {
  const scripts = new Map();
  for (const { scriptId, functions } of result) scripts.set(scriptId, functions);
  return scripts;
}

/** The smallest range around an offset, and the function that it is in. */
function innermost(functions = [], at) {
  let found = null;
  for (const { functionName, ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      if (at < startOffset || at >= endOffset) continue;
      if (found === null || endOffset - startOffset <= found.end - found.start) {
        found = { start: startOffset, end: endOffset, count, name: functionName };
      }
    }
  }
  return found;
}

function countOf(functions = [], { start, end }) {
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) if (startOffset === start && endOffset === end) return count;
  }
  return 0;
}

module.exports = { createCoverage };
