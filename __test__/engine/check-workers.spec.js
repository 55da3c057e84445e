'use strict';

// A check looks into the worker threads that there are when it begins, and says how many it could not look into.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { inChild } = require('../support/child');

async function checked(what) {
  const { value } = await inChild('check-workers.js', { args: [what] });
  return value;
}

const ofWorkers = (notes) => notes.filter((note) => note.includes('worker'));

describe('a check of the main thread finds in a worker that loads nothing of leakline', () => {
  it('a Map that was there before, and the line that fills it', async () => {
    const { leaks, lines, notes, message, isRestored } = await checked('map');
    assert.deepEqual(leaks, [{ kind: 'map', label: 'Map kept', role: 'cause', perIteration: 1, line: lines.map, inserted: lines.insert }], message);
    assert.deepEqual(ofWorkers(notes), []);
    assert.ok(isRestored, 'its functions are its own again');
  });

  it('listeners that pile up', async () => {
    const { leaks, lines, message, isRestored } = await checked('listener');
    assert.deepEqual(leaks.map(({ kind, role, line }) => [kind, role, line]), [['listener', 'cause', lines.listener]], message);
    assert.ok(isRestored);
  });
});

describe('a check says of how many worker threads it knows nothing', () => {
  it('that are blocked', async () => {
    const { leaks, notes, message } = await checked('blocked');
    assert.deepEqual(leaks, [], message);
    assert.match(ofWorkers(notes).join(), /^not seen: 1 worker thread that did not answer/);
  });

  it('that began later', async () => {
    const { leaks, notes, message } = await checked('later');
    assert.deepEqual(leaks, [], message);
    assert.match(ofWorkers(notes).join(), /^not seen: what 1 worker thread made that began during the check/);
  });
});
