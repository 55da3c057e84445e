'use strict';

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { notesTo } = require('../js/base/internal-errors');
const addon = require('../js/base/native').load();
const { createRing } = require('../js/recording/ring');

const CAPACITY = 8;
const at = addon.layout();

/** A ring whose collector drains when it is reported to, and what it has drained: handles, by operation. */
function ringWith(drain) {
  const drained = [];
  let tail = 0;
  const ring = createRing({ layout: () => at, drain: () => drain(take) }, CAPACITY);
  return { ring, drained, take };

  function take(most = CAPACITY) {
    const head = Atomics.load(ring.words, at.HEAD);
    for (let taken = 0; tail !== head && taken < most; taken++, tail++) {
      const word = at.HEADER_WORDS + (tail % CAPACITY) * at.RECORD_WORDS;
      drained.push([ring.words[word] & 0xff, ring.words[word + 1]]);
    }
    Atomics.store(ring.words, at.TAIL, tail);
  }
}

/** What was noted while `run` ran. */
function noted(run) {
  const notes = [];
  notesTo((note) => notes.push(note));
  try {
    run();
  } finally {
    notesTo(null);
  }
  return notes;
}

describe('a ring that is full', () => {
  for (const most of [CAPACITY, 1]) {
    it(`is drained before the next record, ${most} at a time, and nothing is lost`, () => {
      let drains = 0;
      const { ring, drained, take } = ringWith((take) => {
        drains++;
        take(most);
      });
      const handles = Array.from({ length: 100 }, () => ring.register(at.listener, 0, 0, 0, 0));
      for (const handle of handles) ring.release(handle);
      take();
      assert.equal(drains, Math.ceil((200 - CAPACITY) / most));
      assert.deepEqual(drained, [...handles.map((handle) => [at.REGISTER, handle]), ...handles.map((handle) => [at.RELEASE, handle])]);
      assert.equal(ring.words[at.DROPPED], 0);
    });
  }

  const broken = {
    'a collector that does not answer': () => {
      throw new Error('it is gone');
    },
    'a collector that takes nothing': () => {},
  };
  for (const [what, drain] of Object.entries(broken)) {
    it(`${what}: records are given up and counted, and what is in the ring stays as it is`, () => {
      const { ring, drained, take } = ringWith(drain);
      const notes = noted(() => {
        for (let i = 0; i < 100; i++) ring.register(at.listener, 0, 0, 0, 0);
      });
      assert.equal(ring.words[at.DROPPED], 100 - CAPACITY);
      assert.equal(notes.length, what.includes('not answer') ? 1 : 0, notes.join('\n'));
      take();
      assert.deepEqual(drained.map(([, handle]) => handle), [1, 2, 3, 4, 5, 6, 7, 8]);
      // It goes on where there is room again.
      ring.register(at.listener, 0, 0, 0, 0);
      take();
      assert.equal(drained.length, CAPACITY + 1);
    });
  }
});
