'use strict';

// npm run strings: what leakline says of its own memory (`overhead.bytes`) beside what V8's heap and malloc say, for few and many
// of all that it records, and for names of up to 64 KB. Then names of events, labels, delays and paths, up to 1 MB each, none of
// which stays: says five times what the heap is and what leakline holds of its own. Ends with 1 when that is above its bound, or
// more than 10 % off.
//
//   npm run strings -- --minutes 60    how long; 1 unless said otherwise
//   npm run strings -- --node 24       a major of Node, this machine's unless said otherwise

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { MIB, compare, run, wrongBeside, wrongIn } = require('../bench/strings');
const own = require('../bench/strings/own-memory');
const { ensureAddon, ensureModules } = require('./ensure');
const { script } = require('./exec');
const { nodeOf } = require('./nodes');
const { aboveZero, readUsage } = require('./usage');

const values = readUsage(__filename, {
  minutes: { type: 'string', default: '1' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
});

/** What is recorded, from few to many. */
const OWN = [
  ...[10, 1_000, 9_000].map((count) => ({ what: 'sites', count, mode: 'full' })),
  ...['adaptive', 'full'].flatMap((mode) => ['listeners', 'timeouts', 'targets'].map((what) => ({ what, count: 100_000, mode }))),
  ...['emitters', 'signals', 'maps', 'tracked'].map((what) => ({ what, count: 50_000, mode: 'full' })),
  { what: 'emitters', count: 50_000, mode: 'adaptive' },
  { what: 'names', count: 3_000, mode: 'full' },
  { what: 'growing', count: 1_000_000, mode: 'full' },
];

/** Of strings that are compared, in two processes. */
const NAMES_SECONDS = 60;

script(async () => {
  ensureModules();
  ensureAddon();
  const minutes = aboveZero('minutes', values.minutes);
  const node = nodeOf(values.node);
  const wrong = await ownMemory(node);
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  const looks = await run(node, minutes * 60, ({ made, heap, bytes, rss }) => console.log(`${made} strings: heap ${mib(heap)}, leakline ${mib(bytes)}, RSS ${mib(rss)}`));
  wrong.push(...wrongIn(looks));
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.map((text) => `  ${text}`).join('\n')}`);
  console.log('nothing wrong');
});

/** Prints what the heaps say and what leakline says. Returns what is wrong. */
async function ownMemory(node) {
  const addon = own.buildMallocAddon();
  if (addon === null) {
    console.log('own memory: not compared, which takes glibc and a C compiler');
    return [];
  }
  const wrong = [];
  const flight = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-strings-'));
  try {
    for (const how of [...OWN, ...[OWN[0], OWN[1]].map((each) => ({ ...each, env: { LEAKLINE_FLIGHT: flight } }))]) {
      const name = `${how.mode}, ${how.count} ${how.what}${how.env ? ', flight file' : ''}`;
      const { idle, grown } = await own.measure(node, addon, how);
      const shown = ({ heap, malloc, claim }) => `heap ${own.kib(heap)}, malloc ${own.kib(malloc)}, leakline says ${own.kib(claim)} (${(claim / (heap + malloc)).toFixed(2)})`;
      console.log(`${name}: ${shown(grown)}; at the start ${shown(idle)}`);
      wrong.push(...[own.wrongIn(name, grown), own.wrongIn(`${name}, at the start`, idle)].filter(Boolean));
    }
    const { looks, bare } = await compare(node, addon, NAMES_SECONDS);
    const off = wrongBeside({ looks, bare });
    console.log(`names of up to 64 KB: ${off ?? `${looks.at(-1).made} strings, as the heaps say`}`);
    if (off !== null) wrong.push(off);
  } finally {
    fs.rmSync(flight, { recursive: true, force: true });
  }
  return wrong;
}
