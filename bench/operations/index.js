'use strict';

// All operations by name, each with how often it is done in a burst, as a multiple of what a burst has: those of some ten
// nanoseconds would drown in what a burst itself costs, and those that take the system's time would take all of ours.

const collections = require('./collections');
const handles = require('./handles');
const { emitters, targets } = require('./listeners');
const timers = require('./timers');

/**
 * Those that a service has most of are there a second time, in an async function after its first await: there V8 has no
 * stack to walk, so that leakline must find the line by other means.
 */
const afterAwait = Object.fromEntries(
  Object.entries({ ...emitters, ...timers, ...collections })
    .filter(([name]) => ['on + off, 10 listeners', 'once + emit', 'setTimeout + clearTimeout', 'new Map'].includes(name))
    .map(([name, make]) => [`${name}, after an await`, () => awaiting(make())]),
);

const operations = {
  ...often(5, { ...collections, ...emitters }),
  ...often(1, { ...targets, ...timers, ...afterAwait }),
  ...often(1 / 20, handles),
};

/** By name: operations at a given number a second. */
const paced = { 'new Map, 1 million a second': { make: collections['new Map'], perMs: 1000 } };

module.exports = { operations, paced };

function often(share, makers) {
  return Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, { make, share }]));
}

function awaiting(run) {
  return async (n) => {
    await null;
    run(n);
  };
}
