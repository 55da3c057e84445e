'use strict';

const assert = require('node:assert/strict');
const { afterEach, describe, it } = require('node:test');
const promises = require('node:timers/promises');

const { leakline, leaksOf, lineOf } = require('../support/recording');

const HOUR = 3_600_000;
const f = () => {};
const left = [];
const abort = new AbortController();

function leak() {
  left.push(setTimeout(f, HOUR)); // here: timeout
  left.push(setInterval(f, HOUR).unref()); // here: interval
  left.push(setInterval(f, HOUR), setInterval(f, HOUR)); // here: two intervals
  promises.setTimeout(HOUR, null, { signal: abort.signal }).catch(f); // here: promise
  const revived = setTimeout(() => {
    left.push(revived.refresh()); // here: revived
    revived.close();
  }, 0);
}

async function release() {
  clearTimeout(setTimeout(f, HOUR));
  clearInterval(setInterval(f, HOUR));
  clearImmediate(setImmediate(f));
  setTimeout(f, HOUR).close();
  clearInterval(+setTimeout(f, HOUR));
  setTimeout(f, 30); // fires a moment after the round
  setImmediate(f);
  await promises.setTimeout(1);
  await promises.setImmediate();
}

// Also when a test has failed: the process would live for an hour.
afterEach(() => {
  left.splice(0).forEach(clearInterval);
  abort.abort();
});

describe('check', () => {
  it('finds timers that pile up, at their lines', async () => {
    const found = await leaksOf(leak, { iterations: 4, rounds: 3, warmup: 1, census: false }); // `left` grows too
    const wanted = [
      ['interval', 'setInterval 3600000 ms', 'interval'], ['interval', 'setInterval 3600000 ms', 'two intervals'],
      ['interval', 'setInterval 3600000 ms', 'two intervals'], ['timeout', 'setTimeout 3600000 ms', 'promise'],
      ['timeout', 'setTimeout 3600000 ms', 'timeout'], ['listener', "AbortSignal 'abort'", 'promise'],
    ];
    assert.deepEqual(
      found.map(({ kind, label, line, perIteration }) => JSON.stringify([kind, label, line, perIteration])).toSorted(),
      wanted.map(([kind, label, mark]) => JSON.stringify([kind, label, lineOf(__filename, mark), 1])).toSorted(),
    );
  });

  it('finds none where every timer fires or is cleared, be it a moment late', async () => {
    const result = await leakline.check(release, { iterations: 3 });
    assert.equal(result.leaked, false, result.message);
    assert.deepEqual(result.leaks, [], result.message);
    assert.ok(result.watched.registrations > 100, 'and it was looking');
  });
});

describe('a timeout that re-arms itself', () => {
  it('is named where it was made, not where it is refreshed', async () => {
    const pollers = [];
    class Poller {
      constructor() {
        this.timer = setTimeout(() => this.poll(), 1); // here: made
        pollers.push(this);
      }
      poll() {
        this.timer.refresh();
      }
    }
    // The turns of a check give each the time to fire.
    const found = await leaksOf(async () => {
      new Poller();
      await promises.setTimeout(5);
    }, { kinds: ['timeout'], iterations: 2, rounds: 3, warmup: 1 });
    pollers.forEach(({ timer }) => clearTimeout(timer));
    assert.deepEqual(found.map(({ kind, line, perIteration }) => [kind, line, perIteration]), [['timeout', lineOf(__filename, 'made'), 1]]);
  });
});
