'use strict';

// A collector that stands still: whoever reads metrics goes on with the latest, also while another thread begins to record.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');

const { which } = require('../.scripts/exec');
const { isFirstNode } = require('./support/first-node');
const { until } = require('./support/flight');
const { cleanEnvironment, root, temporaryFolder } = require('./support/run');

const isGlibc = process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
const skip = !isFirstNode ? 'with the first Node only' : !isGlibc ? 'nothing is preloaded here' : which('cc') === null && 'there is no C compiler';

/** Answers each line with what a scrape in both ways reads; `worker` begins to record in a thread. */
const SERVICE = String.raw`
  const { Worker } = require('node:worker_threads');
  const leakline = require(process.argv[1]);
  leakline.start({ mode: 'full' });
  const bus = new (require('node:events'))().setMaxListeners(0);
  class Metric {
    constructor(configuration) { Object.assign(this, configuration); }
    reset() { this.value = undefined; }
    set(labels, value) { this.value = value; }
    inc(labels, value) { this.value = value; }
  }
  const metrics = [];
  const client = { Gauge: class extends Metric { constructor(c) { super(c); metrics.push(this); } }, Counter: Metric, register: { registerMetric() {} } };
  leakline.registerMetrics(client);
  const updated = metrics.find(({ name }) => name === 'leakline_updated_timestamp_seconds');
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'worker') {
      new Worker('require("node:worker_threads").parentPort.postMessage("runs"); require(' + JSON.stringify(process.argv[1]) + ').start({ mode: "full" });', { eval: true })
        .once('message', () => { for (let n = 0; n < 100; n++) bus.on('x', () => {}); });
    }
    const text = leakline.metrics();
    updated.collect();
    console.log(JSON.stringify({ text, updated: updated.value, listeners: bus.listenerCount('x') }));
  }).on('close', () => process.exit());
`;

it('a scrape reads the latest, and waits for nobody', { skip }, async () => {
  const folder = temporaryFolder();
  const [stall, library] = [path.join(folder, 'stall'), path.join(folder, 'stall.so')];
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, path.join(__dirname, 'fixtures', 'stall-collector.c'), '-ldl']);
  const env = { ...cleanEnvironment(), LD_PRELOAD: library, LEAKLINE_TEST_STALL: stall };
  const child = spawn(process.execPath, ['-e', SERVICE, path.join(root, 'js')], { stdio: ['pipe', 'pipe', 'inherit'], env });
  try {
    const lines = require('node:readline').createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const scrape = async (line = '') => {
      child.stdin.write(`${line}\n`);
      return JSON.parse((await lines.next()).value);
    };
    const at = (text) => Number(/^leakline_updated_timestamp_seconds (\S+)$/m.exec(text)?.[1]);
    const live = (text) => Number(/^leakline_live\{kind="listener"\} (\d+)$/m.exec(text)?.[1]);
    await until('both ways have figures', async () => {
      const { text, updated } = await scrape();
      return at(text) > 0 && updated > 0;
    });
    fs.writeFileSync(stall, '');
    await until('the collector stands still', () => fs.existsSync(`${stall}.waits`));
    const first = await scrape('worker');
    // Some more after that: it then waits for the collector.
    let rounds = 0;
    await until('the worker has begun', async () => {
      const read = await scrape();
      assert.deepEqual([read.text, read.updated], [first.text, first.updated], 'the figures of before');
      return read.listeners > 0 && ++rounds > 10;
    });
    fs.rmSync(stall);
    const { text } = await until('the collector goes on', async () => {
      const read = await scrape();
      return at(read.text) > at(first.text) && live(read.text) > live(first.text) + 50 && read;
    });
    assert.match(text, /^leakline_dropped_total 0$/m);
  } finally {
    fs.rmSync(stall, { force: true });
    child.stdin.end();
    await once(child, 'close');
  }
});
