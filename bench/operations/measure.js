'use strict';

// A process that does operations in the mode that its command line says: a burst of one when asked, or one at a pace.

const { reply } = require('../support/processes');
const { later } = require('../support/figures');
const { SETTLE_MS } = require('../support/metered');
const { operations, paced } = require('./index');

const [mode] = process.argv.slice(2);
let look = () => {};
if (mode !== 'bare') {
  const leakline = require('../..');
  leakline.start({ mode });
  look = () => leakline.snapshot();
}
// All now: in adaptive mode only what is made on an emitter that is some seconds old is recorded.
const runs = Object.fromEntries(Object.entries(operations).map(([name, { make }]) => [name, make(look)]));

reply({ mode }, ({ burst, pace, n, ms }) => (burst ? measureBurst(runs[burst], Math.max(1, Math.round(n * operations[burst].share))) : measurePace(paced[pace], ms)));

/** `{ wall, cpu }` in nanoseconds an operation: what the caller waits for, and what all threads of the process use. */
async function measureBurst(run, times) {
  const used = process.cpuUsage();
  const from = process.hrtime.bigint();
  // Called from here at once, which is a timer's callback.
  const pending = run(times);
  if (pending !== undefined) await pending;
  const wall = Number(process.hrtime.bigint() - from);
  await later(SETTLE_MS);
  const { user, system } = process.cpuUsage(used);
  return { wall: wall / times, cpu: ((user + system) * 1000) / times };
}

/** `{ share, rate }`: CPU of all threads as a share of one core, and operations a second, which are fewer where it is overrun. */
function measurePace({ make, perMs }, ms) {
  const run = make();
  return new Promise((resolve) => {
    const used = process.cpuUsage();
    const from = performance.now();
    let done = 0;
    const interval = setInterval(() => {
      const passed = performance.now() - from;
      // No more than a few milliseconds' worth at once: what is later than that is not made up for.
      const due = Math.min(Math.floor(passed * perMs) - done, 8 * perMs);
      run(due);
      done += due;
      if (passed < ms) return;
      clearInterval(interval);
      const { user, system } = process.cpuUsage(used);
      resolve({ share: (user + system) / 1000 / passed, rate: (done / passed) * 1000 });
    }, 1);
  });
}
