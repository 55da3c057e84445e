'use strict';

// What a census costs, by the size of the heap: how long it stops the thread, and how much memory it takes meanwhile.
// Each size in a process of its own. The heap is of small objects, each with an array, which is the dearest.

const { spawnSync } = require('node:child_process');
const leakline = require('..');
const { table, machine, progress, count } = require('./support/figures.js');
const { readOptions } = require('./support/options.js');

const SIZES_MB = [5, 50, 200, 500];

if (process.argv[2] === 'measure') measure(Number(process.argv[3]));
else main();

function main() {
  const rows = (readOptions().isQuick ? SIZES_MB.slice(0, 1) : SIZES_MB).map((size) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--max-old-space-size=4096', __filename, 'measure', String(size)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const { heap, pause, cpu, arrays, before, during, after } = JSON.parse(stdout);
    progress(`census of ${size} MB`);
    return [mb(heap), count(arrays), `${pause.toFixed(0)} ms`, `${cpu.toFixed(0)} ms`, mb(before), mb(during), mb(after)];
  });
  console.log(`${machine()}.`);
  table(['heap', 'arrays', 'pause', 'CPU', 'RSS before', 'highest', 'RSS after'], rows);
}

function measure(size) {
  const kept = (globalThis.kept = { first: null });
  class Record {
    constructor(id, next) {
      this.id = id;
      this.name = `record ${id}`;
      this.tags = [id];
      this.next = next;
    }
  }
  for (let id = 0; process.memoryUsage().heapUsed < size * 1e6; ) for (let i = 0; i < 1000; i++) kept.first = new Record(id++, kept.first);
  leakline.start({ mode: 'counts' });
  leakline.snapshot({ gc: true });
  const before = process.memoryUsage.rss();
  const from = process.cpuUsage();
  const { census } = leakline.snapshot({ census: true });
  const { user, system } = process.cpuUsage(from);
  const during = process.resourceUsage().maxRSS * 1024;
  leakline.snapshot({ gc: true });
  const after = process.memoryUsage.rss();
  const [cpu, arrays] = [(user + system) / 1000, census.counts.array.instances];
  process.stdout.write(JSON.stringify({ heap: census.heapBytes, pause: census.pauseMs, cpu, arrays, before, during, after }));
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
