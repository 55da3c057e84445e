'use strict';

const { clz32, max } = require('../../base/primordials.js');

/**
 * The registration of a timer, whichever function made it: counted always, with its stack when the
 * sampler admits it.
 *
 * @param {import('../context.js').Context} context
 */
function timerRegistrar({ ring, samplers: { timer: sampler }, site, kinds }) {
  function siteOf(kind, hook, subject, delay) {
    // An immediate has no delay to recognise it by.
    const detail = kind === kinds.immediate ? null : delay;
    return site(kind, hook, String, subject, detail, showDelay);
  }

  /** The weight's log2 when a timer made now gets a stack; below 0 when it does not. */
  function weigh(kind, delay) {
    return sampler.admit(kind === kinds.immediate ? undefined : nameOf(kind, delay));
  }

  return {
    /** The site of a timer that is registered later. */
    siteOf,
    weigh,

    /** Registers a timer made now. Returns its handle. */
    register(kind, hook, subject, delay) {
      const weight = weigh(kind, delay);
      if (weight < 0) return ring.register(kind, 0, 0, 0, delay);
      return ring.register(kind, siteOf(kind, hook, subject, delay), weight, 0, delay);
    },
  };
}

/** A number for a kind and a delay, the same for delays within an eighth: those by chance have few then. */
function nameOf(kind, delay) {
  const shift = max(0, 28 - clz32(delay));
  return ((delay >> shift) * 32 + shift) * 8 + kind;
}

function showDelay(delay) {
  return `${delay} ms`;
}

module.exports = { timerRegistrar };
