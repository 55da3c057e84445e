'use strict';

// npm run strings: names of events, labels, delays and paths at random, up to 1 MB each, none of which stays. Says five times
// what the heap is and what leakline holds of its own, and ends with 1 when that is above its bound, or more than 10 % off.
//
//   npm run strings -- --minutes 60    how long; 1 unless said otherwise
//   npm run strings -- --node 24       a major of Node, this machine's unless said otherwise

const { MIB, run, wrongIn } = require('../bench/strings');
const { ensureAddon, ensureModules } = require('./ensure');
const { script } = require('./exec');
const { nodeOf } = require('./nodes');
const { aboveZero, readUsage } = require('./usage');

const values = readUsage(__filename, {
  minutes: { type: 'string', default: '1' },
  node: { type: 'string', default: process.versions.node.split('.', 1)[0] },
});

script(async () => {
  ensureModules();
  ensureAddon();
  const minutes = aboveZero('minutes', values.minutes);
  const node = nodeOf(values.node);
  const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
  const looks = await run(node, minutes * 60, ({ made, heap, bytes, rss }) => console.log(`${made} strings: heap ${mib(heap)}, leakline ${mib(bytes)}, RSS ${mib(rss)}`));
  const wrong = wrongIn(looks);
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong:\n${wrong.map((text) => `  ${text}`).join('\n')}`);
  console.log('nothing wrong');
});
