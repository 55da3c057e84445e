'use strict';

/** Publishes each leak once on a channel of Node's, for monitoring. Without a subscriber it costs a look at a field. */

const { channel } = require('node:diagnostics_channel');

const originals = require('../base/originals.js');

const NAME = 'leakline:leak';
/** Ticks between two looks: ten seconds. */
const EVERY = 40;

/**
 * @param {() => { process: object, sites: object[] }} take takes a snapshot
 * @returns {() => void} to be called every tick
 */
function createAnnouncer(take) {
  // Held: Node forgets a channel that nobody has.
  const leaks = channel(NAME);
  /** What was published and leaks still. */
  let published = new originals.Set();
  let ticks = 0;
  return () => {
    if (!leaks.hasSubscribers) return;
    ticks += 1;
    if (ticks % EVERY !== 0) return;
    const { process, sites } = take();
    const before = published;
    published = new originals.Set();
    for (const site of sites) {
      if (site.verdict !== 'leak' || site.role !== 'cause' || site.allowed !== undefined) continue;
      const key = `${site.thread} ${site.fingerprint} ${site.label}`;
      published.add(key);
      if (!before.has(key)) leaks.publish({ site, process });
    }
  };
}

module.exports = { NAME, EVERY, createAnnouncer };
