'use strict';

// How long snapshot() stops the event loop, by live registrations and by sites: it is to depend on
// the sites alone. Prints medians; the two sizes of a pair are measured in turn.

const { EventEmitter } = require('node:events');
const leakline = require('..');
const { median, table } = require('./support/figures.js');

const SITES = 100;

/** Functions that each register from a line of their own. */
function registrars(count) {
  const lines = Array.from({ length: count }, (_, n) => `exports.at${n} = (emitter) => emitter.on('event', () => {});`);
  const module = { exports: {} };
  // A name per run, so that no position is known from before.
  new Function('exports', `${lines.join('\n')}\n//# sourceURL=registrars-${count}-${Date.now()}.js`)(module.exports);
  return Object.values(module.exports);
}

function hold(live, sites) {
  const emitters = Array.from({ length: 1000 }, () => new EventEmitter().setMaxListeners(0));
  const register = registrars(sites);
  for (let n = 0; n < live; n++) register[n % sites](emitters[n % 1000]);
  return emitters;
}

function measure(live, sites) {
  leakline.start({ mode: 'full', kinds: ['listener'] });
  const held = hold(live, sites);
  leakline.snapshot();
  const times = Array.from({ length: 21 }, () => {
    const from = performance.now();
    leakline.snapshot();
    return performance.now() - from;
  });
  const { overhead, totals } = leakline.snapshot();
  if (totals.listener.live < live || held.length === 0) throw new Error(`only ${totals.listener.live} of ${live} are live`);
  leakline.stop();
  return { ms: median(times), bytes: overhead.bytes };
}

const rows = [];
for (const [live, sites] of [[10_000, SITES], [100_000, SITES], [1_000_000, SITES], [10_000, 10], [10_000, 1_000]]) {
  const { ms, bytes } = measure(live, sites);
  rows.push([live.toLocaleString('en'), String(sites), `${ms.toFixed(2)} ms`, `${(bytes / live).toFixed(0)} B`]);
}
table(['live listeners', 'sites', 'snapshot, median of 21', 'native bytes each'], rows);
