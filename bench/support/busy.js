'use strict';

/**
 * What makes processes that take turns like services that are busy all the time. V8 lets the young generation grow in steps,
 * after some 100,000 requests to 16 MiB: until all are there, memory depends on who made which step. And it tidies up a process that
 * waits for its turn, if its old generation is above 10 MiB: that throws away compiled code, and bare Express is just below.
 */
const BUSY = ['--min-semi-space-size=16', '--no-memory-reducer'];

module.exports = { BUSY };
