'use strict';

// What a service costs with leakline in each mode, with its peers, and bare: CPU a request, the highest rate, memory, and
// latency at a fixed rate. Ratios are to bare within a round of fresh processes, medians over the rounds.
//
// Services: express, fastify, and backends, which is Express with ws, ioredis and pg.

const { median, compared, table, machine, progress, count, times } = require('./support/figures');
const { aside } = require('./support/aside');
const { readOptions } = require('./support/options');
const { canHoldRate } = require('./support/load');
const { missingPackages } = require('./support/packages');
const { startBackends } = require('./service/backends');
const { contenders } = require('./service/contenders');
const { measureRound } = require('./service/round');

const options = readOptions();

/** By service: requests a second of the fixed rate. The third shares the cores with its servers. */
const RATES = { express: 5_000, fastify: 5_000, backends: 1_000 };
const plan = options.isQuick
  ? { warm: 50, warmBursts: 1, bursts: 2, burst: 50, windows: 1, windowMs: 100, settledMs: 0 }
  : { warm: 2_000, warmBursts: 8, bursts: 12, burst: 625, windows: 10, windowMs: 500, settledMs: 12_000 };

main();

async function main() {
  const missing = aside(() => missingPackages(options));
  const names = options.chooseModes(Object.keys(contenders));
  const there = names.filter((name) => !missing || !contenders[name].isPackage);
  const wanted = options.only.split(',').filter(Boolean);
  const unknown = wanted.filter((service) => !(service in RATES));
  if (unknown.length > 0) throw new Error(`--only: no such service: ${unknown.join(', ')}; there are ${Object.keys(RATES).join(', ')}`);
  console.log(`${machine()}; medians of ${options.rounds} interleaved rounds; ratios are to bare in the same round.`);
  if (there.length < names.length) console.log(`Without ${names.filter((name) => !there.includes(name)).join(', ')}: ${missing}.`);
  for (const [service, rate] of Object.entries(RATES)) {
    if (wanted.length > 0 && !wanted.includes(service)) continue;
    if (service === 'fastify' && missing) console.log(`\n${service}: skipped, ${missing}.`);
    else await measureService(service, there, options.isQuick ? rate / 10 : rate);
  }
}

async function measureService(service, names, rate) {
  const { env = {}, stop = () => {}, reason } = service === 'backends' ? await startBackends() : {};
  if (reason) return console.log(`\n${service}: skipped, ${reason}.`);
  const rounds = [];
  try {
    for (let i = 0; i < options.rounds; i++) {
      // Started in another order each time.
      const round = await measureRound(service, [...names.slice(i % names.length), ...names.slice(0, i % names.length)], { ...plan, env, rate });
      rounds.push(round);
      progress(`${service}, round ${i + 1} of ${options.rounds}: ${names.map((name) => `${name} ${round[name].cpu.toFixed(0)}`).join(', ')} µs`);
    }
  } finally {
    await stop();
  }
  table([`${service}, at its highest rate`, 'CPU a request', 'to bare', 'middle half', 'requests/s', 'RSS', 'to bare'], names.map((name) => highest(rounds, name)));
  if (!canHoldRate) return console.log(`\n${service}, ${count(rate)} requests/s: not on ${process.platform}.`);
  const head = [`${service}, ${count(rate)} requests/s`, 'CPU a request', 'to bare', 'p50', 'to bare', 'p95', 'to bare', 'p99', 'to bare'];
  table(head, names.map((name) => fixed(rounds, name, rate)));
}

function highest(rounds, name) {
  const cpu = compared(rounds, name, 'bare', (one) => one.cpu);
  const rss = compared(rounds, name, 'bare', (one) => one.rss);
  const rate = median(rounds.map((round) => round[name].rate));
  const spread = `${cpu.from.toFixed(3)}–${cpu.to.toFixed(3)}`;
  return [name, `${cpu.value.toFixed(1)} µs`, times(cpu.ratio, 3), spread, count(rate), `${(rss.value / 2 ** 20).toFixed(0)} MiB`, times(rss.ratio)];
}

/** Of those rounds in which both it and bare held the rate, when they are more than half of all. */
function fixed(rounds, name, rate) {
  const held = rounds.filter((round) => round[name].fixed && round.bare.fixed);
  if (held.length <= rounds.length / 2) return [name, unheld(rounds, name, rate, held.length), ...Array.from({ length: 7 }, () => '–')];
  const figure = (key) => compared(held, name, 'bare', (one) => one.fixed[key]);
  const cpu = figure('cpu');
  const latencies = ['p50', 'p95', 'p99'].map(figure).flatMap(({ value, ratio }) => [`${value.toFixed(3)} ms`, times(ratio)]);
  return [name, `${cpu.value.toFixed(1)} µs`, times(cpu.ratio, 3), ...latencies];
}

function unheld(rounds, name, rate, times) {
  const highest = median(rounds.map((round) => round[name].rate));
  return highest < rate ? `saturated at ${count(highest)}/s` : `held in ${times} of ${rounds.length} rounds`;
}
