'use strict';

/** When emitters and event targets were created, while tests are watched: what a test made takes its listeners along. */

const { FieldHost } = require('./private-field.js');

/** Stands for the time between tests, in which hooks make what several of them use. */
const FIXTURE = -1;

/** In which window a source of events was created; none for one that is older than the first. */
class Creation extends FieldHost {
  #window;

  static of(source) {
    return #window in source ? source.#window : 0;
  }

  static set(source, window) {
    if (#window in source) source.#window = window;
    else new Creation(source).#window = window;
  }
}

/** @param {Pick<import('./context.js').Context, 'windows' | 'originOf'>} context */
function createCreationWindows({ windows, originOf }) {
  /** It is being made. */
  function created(source) {
    if (windows.current !== 0) Creation.set(source, windows.current);
    else if (windows.isRunning) Creation.set(source, FIXTURE);
  }

  return {
    created,

    /** It had no listeners until now, and may have been made just now. */
    firstListener(source) {
      if (Creation.of(source) === 0) created(source);
    },

    /** Whether a listener goes with its source: the test's own, or a fixture of its file that the file's own code listens to. */
    diesWithOwner(source, site) {
      const window = Creation.of(source);
      return window >= windows.since || (window === FIXTURE && windows.isTestFile(originOf(site)));
    },
  };
}

module.exports = { createCreationWindows };
