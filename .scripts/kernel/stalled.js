'use strict';

// One listener leaks at each tick. Each quarter of a second a line: how long the collector took to answer, how long the
// event loop waited at most, and how many listeners there are.

const { EventEmitter } = require('node:events');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const leakline = require('../../js');

const bus = new EventEmitter().setMaxListeners(0);
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
setInterval(() => bus.on('change', () => {}), 20);
setInterval(() => {
  const asked = performance.now();
  const { sites } = leakline.snapshot();
  const live = sites.find((site) => site.label.includes('change'))?.live ?? 0;
  console.log(JSON.stringify({ uptimeMs: upMs(), collectorMs: performance.now() - asked, loopMs: delay.max / 1e6, live }));
  delay.reset();
}, 250);

/** The machine's, as `/proc/uptime` has it: what the shell beside writes down too. */
function upMs() {
  return Math.round(Number(require('node:fs').readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);
}
