'use strict';

/** Longer than this nobody catches up for: the machine slept. */
const MOST_LATE_MS = 5_000;

/**
 * Calls so many times a second, as many on a busy machine: what is late is made up for.
 * @returns {() => void} stops it
 */
function repeatedly(perSecond, call) {
  const gapMs = 1_000 / perSecond;
  let due = performance.now() + gapMs;
  const timer = setInterval(function catchUp() {
    const now = performance.now();
    due = Math.max(due, now - MOST_LATE_MS);
    for (; due <= now; due += gapMs) call();
  }, Math.min(gapMs, 50));
  return () => clearInterval(timer);
}

module.exports = { repeatedly };
