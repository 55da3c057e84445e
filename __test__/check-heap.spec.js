'use strict';

// check() and the whole heap: what no hook sees is named by its container and what holds it.

const assert = require('node:assert/strict');
const path = require('node:path');
const { describe, it } = require('node:test');

const { runNode } = require('./support/run');

const leaking = path.join(__dirname, 'fixtures/heap/leaking.js');
const innocent = path.join(__dirname, 'fixtures/heap/innocent.js');

async function checked(file, name, heap) {
  const { code, stdout, stderr } = await runNode([file, name, JSON.stringify(heap)], { cwd: path.dirname(file) });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

// By name: the container, what it gains, and what holds it.
const LEAKS = {
  closures: ['Array', '(closure)', 'module leaking.js › held: Object › closures'],
  cache: ['Object', 'Object', 'module leaking.js › held: Object › cache'],
  promises: ['Set', 'Promise', 'module leaking.js › held: Object › promises: Set'],
  strings: ['Object', '(string)', 'module leaking.js › held: Object › strings'],
  requests: ['Array', 'Request', 'module leaking.js › held: Object › requests'],
  buffers: ['Object', 'Buffer', 'module leaking.js › held: Object › buffers'],
  race: ['Promise', '(closure)', 'module leaking.js › never: Promise'],
  waiting: ['Promise', '(closure)', 'module leaking.js › never: Promise'],
  chain: ['Object', 'Object', 'module leaking.js › held: Object › chain'],
  wrapped: ['Object', '(closure)', 'module leaking.js › held: Object › wrapped'],
  backlog: ['Array', 'Object', 'module leaking.js › held: Object › backlog'],
  later: ['Array', 'Object', 'module leaking.js › held: Object › done'],
  modules: ['Array', 'Module', 'module leaking.js › children: Array'],
};

describe('check() with heap: true', () => {
  for (const [name, [container, gained, heldBy]] of Object.entries(LEAKS)) {
    it(`names the container of ${name}`, async () => {
      const { leaked, leaks, heap, message } = await checked(leaking, name, true);
      const found = leaks.find((leak) => leak.heldBy === heldBy);
      assert.ok(found, JSON.stringify(leaks.map(({ kind, label, heldBy: by }) => [kind, label, by])));
      assert.ok(leaked);
      assert.match(found.label, new RegExp(`^${container}`));
      if (found.kind === 'heap' && !['race', 'waiting'].includes(name)) assert.equal(found.elements, gained);
      assert.ok(found.perIteration >= 0.9, `${found.perIteration}`);
      assert.ok(found.bytesPerCall >= 64);
      assert.equal(found.retainers[0].name, 'module leaking.js');
      assert.equal(found.origin.file, leaking);
      assert.ok(heap.lookMs > 0);
      assert.match(message, /held by {2}module leaking\.js/);
      // One leak is one finding.
      assert.equal(leaks.filter((leak) => leak.role === 'cause').length, 1, message);
    });
  }
});

// What a program gave to Node: nothing says by which line, but what holds it.
const HELD_BY_NODE = {
  process: [/^Object 'state'$/, /^process › state: Object$/, /remove what is done with from state/],
  requireCache: [/_cache'$/, /^module node:.* › _cache$/, /remove what is done with from _cache/],
};

describe('check() with heap: true and a function that throws', () => {
  it('throws it on, in whichever round', async () => {
    const { check } = require('..');
    for (const last of [12, 58, 70]) {
      let calls = 0;
      const fn = () => { if (++calls === last) throw new RangeError('no more'); };
      await assert.rejects(check(fn, { heap: true, kinds: ['heap'] }), { name: 'RangeError', message: 'no more' });
      assert.equal(calls, last);
    }
  });
});

describe('check() with heap: true and what a program gave to Node', () => {
  for (const [name, [label, heldBy, fix]] of Object.entries(HELD_BY_NODE)) {
    it(`names what holds it: ${name}`, async () => {
      const { leaked, leaks, message } = await checked(leaking, name, true);
      const found = leaks.find((leak) => heldBy.test(leak.heldBy));
      assert.ok(leaked && found, message);
      assert.deepEqual([label.test(found.label), found.role, found.origin], [true, 'cause', null], JSON.stringify(found));
      assert.match(message.replaceAll(/\s+/g, ' '), fix);
    });
  }
});

describe('check() with heap: true and performance marks', () => {
  it('names the line that makes them, of which what holds them is a consequence', async () => {
    const { leaks, message } = await checked(leaking, 'marks', true);
    const [cause, ...others] = leaks;
    assert.deepEqual([cause.kind, cause.role, cause.origin?.file], ['handle', 'cause', leaking], message);
    const holder = others.find(({ heldBy }) => /^module node:internal\/perf\/observe › markEntryBuffer: Array$/.test(heldBy));
    assert.equal(holder?.role, 'consequence', message);
    assert.match(message.replaceAll(/\s+/g, ' '), /performance\.clearMarks\(/);
  });
});

describe("check() with heap: 'auto'", () => {
  // Not `race`: newer versions of V8 drop the value that each race got, and keep some 700 bytes a call.
  for (const name of ['waiting']) {
    it(`looks where nothing else explains the growth: ${name}`, async () => {
      const { leaked, leaks: [first], heap } = await until(({ leaked: is }) => is, () => checked(leaking, name, 'auto'));
      assert.ok(leaked);
      assert.equal(first.heldBy, LEAKS[name][2]);
      assert.ok(heap.grew && heap.bytesPerCall > 1000);
    });
  }

  it('takes no look where a finding says why, nor where nothing grows', async () => {
    const map = await checked(leaking, 'map', 'auto');
    assert.ok(map.leaked);
    assert.deepEqual([map.leaks[0].kind, map.heap.lookMs], ['map', undefined]);
    const nothing = await checked(innocent, 'nothing', 'auto');
    assert.deepEqual([nothing.leaked, nothing.heap.lookMs], [false, undefined]);
  });

  it('takes none with heap: false', async () => {
    const { leaked, heap } = await until(({ heap: { grew } }) => grew, () => checked(leaking, 'waiting', false));
    assert.deepEqual([leaked, heap.lookMs, heap.grew], [false, undefined, true]);
  });
});

/** V8 frees code of its own in a round now and then, which hides what a few calls keep: tried three times at the most. */
async function until(isIt, attempt) {
  let result = await attempt();
  for (let n = 0; n < 2 && !isIt(result); n++) result = await attempt();
  return result;
}

describe('check({ heap: true }) and what does not leak', () => {
  // A few here, all of them with LEAKLINE_LONG=1.
  const all = require('./fixtures/heap/innocent.js').names;
  for (const name of process.env.LEAKLINE_LONG ? all : all.slice(0, 4)) {
    it(`finds nothing in ${name}`, async () => {
      const { leaked, message } = await checked(innocent, name, true);
      assert.equal(leaked, false, message);
    });
  }
});

describe('the option heap', () => {
  it('is true, false or auto', async () => {
    const { check } = require('../js');
    await assert.rejects(check(() => {}, { heap: 'yes' }), { code: 'ERR_LEAKLINE_OPTION', message: /heap must be true, false or 'auto'/ });
  });
});
