'use strict';

// For what grows by entries the guilty line is the one that fills it: the examples' checks must name that as well.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { it } = require('node:test');

const leakline = require('..');

const source = path.join(__dirname, '..', 'examples', 'task-processor', 'leaky', 'processor.js');
const lineWith = (text) => fs.readFileSync(source, 'utf8').split('\n').findIndex((line) => line.includes(text)) + 1;

it('task-processor: leaks 4, 5 and 6 name the lines that put entries in, and that none leaves', async () => {
  const scenario = require('../examples/task-processor/leaky/scenario');
  leakline.start({ mode: 'full' });
  try {
    await scenario.setup();
    const { leaks, message } = await leakline.check(scenario.iterate, { warmup: 3, rounds: 5, iterations: 10 });
    await scenario.teardown();
    const grown = leaks.filter(({ kind, growth }) => kind === 'map' && growth === 'entries');
    const shown = grown.map(({ origin, topInserter, removedEntries }) => [origin.line, topInserter?.stack[0].line, topInserter?.share, removedEntries]);
    assert.deepEqual(shown.toSorted(([a], [b]) => a - b), [
      [lineWith('// leak 4'), lineWith('this.callbacks.set('), 1, 0],
      [lineWith('// leak 5, 6'), lineWith('this.cache.set('), 1, 0],
    ]);
    assert.match(message, /inserted at {2}.*processor\.js:\d+:\d+ {2}submit/);
  } finally {
    leakline.stop();
  }
});
