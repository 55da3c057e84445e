'use strict';

// npm run strings: names of events, labels, delays and paths at random, up to 1 MB each, none of which stays. Says five times
// what the heap is and what leakline holds of its own, and ends with 1 when that is above its bound, or more than 10 % off.
//
//   npm run strings -- --minutes 60    how long; 1 unless said otherwise
//   npm run strings -- --node 24       a major of Node, this machine's unless said otherwise

const { MIB, run, wrongIn } = require('../bench/strings');
const { ensureAddon, ensureModules } = require('./ensure');
const { script } = require('./exec');
const { nodes } = require('./nodes');
const { readUsage } = require('./usage');

const values = readUsage(__filename, {
  minutes: { type: 'string', default: '1' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
});

script(async () => {
  ensureModules();
  ensureAddon();
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes takes a number above 0, not '${values.minutes}'`);
  const [{ file: node, reason }] = nodes(values.node);
  if (!node) throw new Error(reason);
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  const looks = await run(node, minutes * 60, ({ made, heap, bytes, rss }) => console.log(`${made} strings: heap ${mib(heap)}, leakline ${mib(bytes)}, RSS ${mib(rss)}`));
  const wrong = wrongIn(looks);
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.map((text) => `  ${text}`).join('\n')}`);
  console.log('nothing wrong');
});
