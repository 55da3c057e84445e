'use strict';

// A worker of queues or a scheduler may listen to nothing: what its timers' functions hold is found all the same.

const assert = require('node:assert/strict');
const { it } = require('node:test');

const { fixture, lineOf, preload, runWell } = require('../support/service-child');

const FIXTURE = 'driven-by-timers.js';
/** By label: the line that fills it. Node fills the last. */
const MARKS = { 'Object kept': 'kept', 'Array drained': 'drained', 'Array module.children': null };

it('what the functions of timers hold is named, with the line that fills it', async () => {
  const { said } = await runWell(FIXTURE, { node: preload, env: { LEAKLINE: 'adaptive' } });
  for (const [label, mark] of Object.entries(MARKS)) {
    const site = said[0].find((each) => each.label.startsWith(label));
    assert.ok(site, `${label} is not among ${JSON.stringify(said[0])}`);
    assert.equal(site.role, 'cause', label);
    if (mark !== null) assert.ok([site.line, site.inserted].includes(lineOf(fixture(FIXTURE), mark)), `${label}: ${JSON.stringify(site)}`);
  }
});
