'use strict';

// The raw walk over V8's heap: what it finds is held against V8's own snapshot of the same process, node by node and edge by edge.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { load, platforms } = require('../js/base/native');
const { inChild } = require('./support/child');

const skip = platforms()[0] !== 'linux-x64-gnu' && 'on Linux x64 with glibc alone';
/** Kinds of what a program makes itself. */
const OF_PROGRAMS = ['Array', 'Closure', 'Concatenated', 'Object', 'RegExp', 'Sliced', 'String'];

const share = (part, whole) => part / Math.max(1, whole);

describe('the raw walk over the heap', { skip }, () => {
  it("finds nearly all of V8's own snapshot, and is recorded as equal only where it is", async () => {
    const { value } = await inChild('heap/raw.js', { args: ['500'] });
    assert.equal(value.failed, undefined);
    const { all, kinds, equal } = value.comparison;
    assert.ok(all.nodes > 10_000, `${all.nodes} nodes`);
    const reached = { found: share(all.found, all.nodes), sizes: share(all.sizes, all.found), kinds: share(all.kinds, all.found), same: share(all.same, all.edges) };
    for (const [what, part] of Object.entries(reached)) assert.ok(part > 0.9, `${what}: ${part}\n${JSON.stringify(value.comparison, null, 1)}`);
    for (const kind of OF_PROGRAMS.filter((each) => each in kinds)) {
      const { nodes, found, sizes, edges, targets } = kinds[kind];
      assert.ok(share(found, nodes) > 0.98 && share(sizes, found) > 0.98, `${kind}: ${found} of ${nodes} nodes, ${sizes} of the same size`);
      // A function's code is behind a table of V8's own.
      assert.ok(share(targets, edges) > (kind === 'Closure' ? 0.75 : 0.98), `${kind}: ${targets} of ${edges} edges`);
    }
    assert.equal(load().canWalkRaw(), equal);
  });

  it('is refused as a look', async () => {
    const { value } = await inChild('heap/forks.js', { args: ['1'], env: { LEAKLINE_FORK: 'raw' } });
    const [{ code, message }] = value.found;
    assert.equal(code, 'ERR_LEAKLINE_RETAINERS');
    assert.match(message, /not equal to V8's own/);
    assert.deepEqual([value.after, value.left], [true, 0]);
  });
});
