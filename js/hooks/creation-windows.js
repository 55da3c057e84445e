'use strict';

/** When emitters and event targets were created, while tests are watched: what a test made takes its listeners along. */

const { FieldHost } = require('./private-field.js');

/** In a service what is registered so soon after its owner got its first listener came with it, in ms. */
const YOUNG_MS = 1_000;
/** Stands for the time between tests, in which hooks make what several of them use. */
const FIXTURE = -1;

/** In which window a source of events was created; none for one that is older than the first. */
class Creation extends FieldHost {
  #window;

  constructor(object) {
    super(object);
  }

  static of(source) {
    return #window in source ? source.#window : 0;
  }

  static set(source, window) {
    if (#window in source) source.#window = window;
    else new Creation(source).#window = window;
  }
}

/** @param {Pick<import('./context.js').Context, 'ring' | 'windows' | 'originOf'>} context */
function createCreationWindows({ ring, windows, originOf }) {
  /** It is being made. */
  function created(source) {
    if (windows.current !== 0) Creation.set(source, windows.current);
    else if (windows.isRunning) Creation.set(source, FIXTURE);
  }

  /** Whether a listener goes with its source: the test's own, or a fixture of its file that the file's own code listens to. */
  function diesWithOwner(source, site) {
    const window = Creation.of(source);
    return windows.isRecent(window) || (window === FIXTURE && windows.isTestFile(originOf(site)));
  }

  return {
    created,

    /** It had no listeners until now, and may have been made just now. */
    firstListener(source) {
      if (Creation.of(source) === 0) created(source);
    },

    /**
     * Whether a listener came with its source, and goes with it.
     * @param {{ since: number }} record what is known of the source: when it was seen for the first time, on the collector's clock
     */
    isWithOwner(source, record, site) {
      if (windows.current !== 0) return diesWithOwner(source, site);
      return ((ring.clock() - record.since) | 0) < YOUNG_MS;
    },
  };
}

module.exports = { createCreationWindows };
