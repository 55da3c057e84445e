'use strict';

// How late the event loop is while the collector is busy: a process registers and releases listeners, a million events a
// second in turns of a millisecond, and Node's own histogram watches its event loop. The same in bare Node; all in turn.

const { EventEmitter } = require('node:events');
const path = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const { compared, median, table, machine, progress, later, count, times } = require('./support/figures');
const { readOptions } = require('./support/options');
const { inTurn, reply, startProcess } = require('./support/processes');

const MODES = ['bare', 'counts', 'adaptive', 'full'];
/** A registration and its release are two events. */
const PAIRS_PER_MS = 500;
/** What is late is made up for, of so much time at once: no delay is to be one that the benchmark makes. */
const MOST_MS = 3;

if (process.argv[2] === 'busy') busy(process.argv[3]);
else main();

async function main() {
  const options = readOptions();
  const modes = options.chooseModes(MODES);
  const [ageMs, ms] = options.isQuick ? [0, 100] : [2_500, 2_000];
  const all = [];
  for (const mode of modes) all.push({ mode, process: await startProcess(path.join(__dirname, 'delay.js'), { args: ['busy', mode] }) });
  await later(ageMs);
  const rounds = Array.from({ length: options.rounds }, () => ({}));
  // What is compiled in the first turn is no delay of a running service.
  for (const { process } of all) await process.ask({ ms: ms / 4 });
  for (const { one, turn } of inTurn(all, options.rounds)) {
    rounds[turn][one.mode] = await one.process.ask({ ms });
    progress(`delay, round ${turn + 1} of ${options.rounds}: ${one.mode}`);
  }
  await Promise.all(all.map(({ process }) => process.end()));
  console.log(`${machine()}; medians of ${options.rounds} interleaved turns of ${ms / 1000} s; ratios are to bare in the same round.`);
  console.log('The delay is from one millisecond timer to the next: 1 ms of it is the timer itself.');
  table(
    ['mode', 'on + off a second', 'recorded a second', 'share of a core', 'p50', 'to bare', 'p99', 'to bare', 'longest', 'to bare'],
    modes.map((mode) => row(rounds, mode)),
  );
}

function row(rounds, mode) {
  const of = (figure) => median(rounds.map((round) => round[mode][figure]));
  const delay = (figure) => {
    const { value, ratio } = compared(rounds, mode, 'bare', (one) => one[figure]);
    return [`${value.toFixed(2)} ms`, times(ratio)];
  };
  return [mode, count(of('pairs')), count(of('events')), `${(of('share') * 100).toFixed(0)} %`, ...delay('p50'), ...delay('p99'), ...delay('max')];
}

function busy(mode) {
  const leakline = mode === 'bare' ? null : require('..');
  leakline?.start({ mode });
  const emitter = new EventEmitter();
  const listener = () => {};
  const work = (n) => {
    for (let i = 0; i < n; i++) {
      emitter.on('event', listener);
      emitter.off('event', listener);
    }
  };
  const events = () => leakline?.snapshot().overhead.events ?? 0;

  reply({}, ({ ms }) => new Promise((resolve) => {
    const recorded = events();
    const used = process.cpuUsage();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const from = performance.now();
    let done = 0;
    const interval = setInterval(() => {
      const passed = performance.now() - from;
      const pairs = Math.min(Math.floor(passed * PAIRS_PER_MS) - done, MOST_MS * PAIRS_PER_MS);
      work(pairs);
      done += pairs;
      if (passed < ms) return;
      clearInterval(interval);
      delay.disable();
      const { user, system } = process.cpuUsage(used);
      const seconds = passed / 1000;
      const [p50, p99, max] = [delay.percentile(50), delay.percentile(99), delay.max].map((nanoseconds) => nanoseconds / 1e6);
      resolve({ pairs: done / seconds, events: (events() - recorded) / seconds, share: (user + system) / 1000 / passed, p50, p99, max });
    }, 1);
  }));
}
