'use strict';

/** When emitters and event targets were born, while tests are watched: what a test made takes its listeners along. */

const { Itself } = require('./stamp.js');

/** Stands for the time between tests, in which hooks make what several of them use. */
const FIXTURE = -1;

/** In which window a source of events was born; none for one that is older than the first. */
class Birth extends Itself {
  #window;

  static of(source) {
    return #window in source ? source.#window : 0;
  }

  static set(source, window) {
    if (#window in source) source.#window = window;
    else new Birth(source).#window = window;
  }
}

/** @param {Pick<import('../engine/engine.js').Context, 'windows' | 'originOf'>} context */
function createBirths({ windows, originOf }) {
  /** It is being made. */
  function born(source) {
    if (windows.current !== 0) Birth.set(source, windows.current);
    else if (windows.isRunning) Birth.set(source, FIXTURE);
  }

  return {
    born,

    /** It had no listeners until now, and may have been made just now. */
    unheard(source) {
      if (Birth.of(source) === 0) born(source);
    },

    /** Whether a listener goes with its source: the test's own, or a fixture of its file that the file's own code listens to. */
    isOwned(source, site) {
      const window = Birth.of(source);
      return window >= windows.since || (window === FIXTURE && windows.isTestFile(originOf(site)));
    },
  };
}

module.exports = { createBirths };
