'use strict';

const assert = require('node:assert/strict');
const nodeTimers = require('node:timers');
const timers = require('timers');
const { describe, it } = require('node:test');

const { later, recording, tally } = require('../support/recording');

const HOUR = 3_600_000;
const f = () => {};
const Timeout = setTimeout(f, 0).constructor;
const dispose = (timer) => timer[Symbol.dispose]();
const noDispose = typeof Timeout.prototype[Symbol.dispose] !== 'function';

// What happens to a timer, its kind, and what is counted. What is left is cleared by `cleanUp`.
const cases = {
  'a timeout that waits': [() => keep(setTimeout(f, HOUR)), 'timeout', '1 registered, 1 live'],
  'a timeout that fired': [async () => [setTimeout(f, 1), await later()], 'timeout', '1 registered, 1 released'],
  'a timeout without delay': [async () => [setTimeout(f), await later()], 'timeout', '1 registered, 1 released'],
  'a timeout, cleared': [() => clearTimeout(setTimeout(f, HOUR)), 'timeout', '1 registered, 1 released'],
  'a timeout, cleared twice': [() => {
    const timer = setTimeout(f, HOUR);
    clearTimeout(timer);
    clearTimeout(timer);
  }, 'timeout', '1 registered, 1 released'],
  'a timeout, cleared as an interval': [() => clearInterval(setTimeout(f, HOUR)), 'timeout', '1 registered, 1 released'],
  'a timeout, cleared by number': [() => clearTimeout(+setTimeout(f, HOUR)), 'timeout', '1 registered, 1 released'],
  'a timeout, cleared by text': [() => clearTimeout(`${setTimeout(f, HOUR)}`), 'timeout', '1 registered, 1 released'],
  'a timeout whose number is known, cleared by itself': [() => {
    const timer = keep(setTimeout(f, HOUR));
    clearTimeout(Number(timer) && timer);
  }, 'timeout', '1 registered, 1 released'],
  'a timeout whose number is known, that fired': [async () => {
    const id = +setTimeout(f, 1);
    await later();
    clearTimeout(id);
  }, 'timeout', '1 registered, 1 released'],
  'a timeout, closed': [() => setTimeout(f, HOUR).close(), 'timeout', '1 registered, 1 released'],
  'a timeout, disposed of': [() => dispose(setTimeout(f, HOUR)), 'timeout', '1 registered, 1 released', noDispose],
  'a timeout, cleared before the end of its callback': [async () => {
    const timer = setTimeout(() => clearTimeout(timer), 1);
    await later();
  }, 'timeout', '1 registered, 1 released'],
  'a timeout, cleared by an earlier one': [async () => {
    const second = setTimeout(f, 2);
    setTimeout(() => clearTimeout(second), 1);
    await later(2);
  }, 'timeout', '2 registered, 2 released'],
  'a timeout of another number': [() => clearTimeout(+keep(setTimeout(f, HOUR)) + 1e6), 'timeout', '1 registered, 1 live'],
  'a timeout that nobody knows by this text': [() => clearTimeout(` ${+keep(setTimeout(f, HOUR))}.0`), 'timeout', '1 registered, 1 live'],
  'a timeout, unreferenced': [() => keep(setTimeout(f, HOUR).unref().ref().unref()), 'timeout', '1 registered, 1 live'],
  'a timeout, refreshed while it waits': [() => keep(setTimeout(f, HOUR).refresh().refresh()), 'timeout', '1 registered, 1 live'],
  'a timeout, refreshed after it fired': [async () => {
    const timer = keep(setTimeout(f, 40));
    await later(40);
    timer.refresh().refresh();
  }, 'timeout', '2 registered, 1 released, 1 live'],
  'a timeout, refreshed after it fired, that fired again': [async () => {
    const timer = setTimeout(f, 1);
    await later();
    timer.refresh();
    await later();
  }, 'timeout', '2 registered, 2 released'],
  'a timeout, refreshed after it fired, then cleared': [async () => {
    const timer = setTimeout(f, 40);
    await later(40);
    clearTimeout(timer.refresh());
  }, 'timeout', '2 registered, 2 released'],
  'a timeout, refreshed within its callback': [async () => {
    const runs = [];
    const timer = setTimeout(() => runs.push(1) < 3 && timer.refresh(), 1);
    await until(runs, 3);
  }, 'timeout', '3 registered, 3 released'],
  'a timeout, refreshed after it was cleared': [() => {
    const timer = setTimeout(f, HOUR);
    clearTimeout(timer);
    keep(timer.refresh());
  }, 'timeout', '1 registered, 1 released'],
  'an interval that runs': [async () => {
    const runs = [];
    keep(setInterval(() => runs.push(1), 1));
    await until(runs, 3);
  }, 'interval', '1 registered, 1 live'],
  'an interval, cleared': [() => clearInterval(setInterval(f, HOUR)), 'interval', '1 registered, 1 released'],
  'an interval, cleared as a timeout': [() => clearTimeout(setInterval(f, HOUR)), 'interval', '1 registered, 1 released'],
  'an interval, cleared by number': [() => clearInterval(+setInterval(f, HOUR)), 'interval', '1 registered, 1 released'],
  'an interval, cleared by text as a timeout': [() => clearTimeout(String(+setInterval(f, HOUR))), 'interval', '1 registered, 1 released'],
  'an interval, closed': [() => setInterval(f, HOUR).close(), 'interval', '1 registered, 1 released'],
  'an interval, disposed of': [() => dispose(setInterval(f, HOUR)), 'interval', '1 registered, 1 released', noDispose],
  'an interval, unreferenced': [() => keep(setInterval(f, HOUR).unref()), 'interval', '1 registered, 1 live'],
  'an interval, refreshed': [() => keep(setInterval(f, HOUR).refresh()), 'interval', '1 registered, 1 live'],
  'an interval, cleared within its callback': [async () => {
    const runs = [];
    const timer = setInterval(() => runs.push(1) === 2 && clearInterval(timer), 1);
    await until(runs, 2);
  }, 'interval', '1 registered, 1 released'],
  'an immediate that waits': [() => keep(setImmediate(f)), 'immediate', '1 registered, 1 live'],
  'an immediate that ran': [async () => [setImmediate(f), await later()], 'immediate', '1 registered, 1 released'],
  'an immediate, cleared': [() => clearImmediate(setImmediate(f)), 'immediate', '1 registered, 1 released'],
  'an immediate, disposed of': [() => dispose(setImmediate(f)), 'immediate', '1 registered, 1 released', noDispose],
  'an immediate, cleared by an earlier one': [async () => {
    setImmediate(() => clearImmediate(second));
    const second = setImmediate(f);
    await later();
  }, 'immediate', '2 registered, 2 released'],
  'an immediate, cleared by what clears timeouts': [() => {
    clearTimeout(keep(setImmediate(f)));
  }, 'immediate', '1 registered, 1 live'],
  'a timeout whose arguments somebody looks at while it waits': [() => {
    const { _timerArgs } = keep(setTimeout(f, HOUR, 'a', 'b'));
    assert.deepEqual([_timerArgs.length, ..._timerArgs], [2, 'a', 'b']);
  }, 'timeout', '1 registered, 1 live'],
  'an interval whose arguments somebody looks at': [async () => {
    const runs = [];
    const { _timerArgs } = keep(setInterval((run) => runs.push(run), 1, 'a'));
    await until(runs, 2);
    assert.deepEqual([_timerArgs.length, ..._timerArgs], [1, 'a']);
  }, 'interval', '1 registered, 1 live'],
  'an immediate whose arguments somebody looks at while it waits': [() => {
    const { _argv } = keep(setImmediate(f, 'a', 'b'));
    assert.deepEqual([_argv.length, ..._argv], [2, 'a', 'b']);
  }, 'immediate', '1 registered, 1 live'],
  'an immediate after others': [() => [setImmediate(f), setImmediate(f), keep(setImmediate(f))].slice(0, 2).forEach(keep), 'immediate', '3 registered, 3 live'],
  'a timeout, cleared by what inherits from it': [() => clearTimeout(Object.create(setTimeout(f, HOUR))), 'timeout', '1 registered, 1 released'],
  "timers of require('timers')": [() => {
    timers.clearTimeout(timers.setTimeout(f, HOUR));
    keep(timers.setTimeout(f, HOUR));
  }, 'timeout', '2 registered, 1 released, 1 live'],
  "timers of require('node:timers'), cleared by the global": [() => {
    clearTimeout(nodeTimers.setTimeout(f, HOUR));
    nodeTimers.clearTimeout(setTimeout(f, HOUR));
  }, 'timeout', '2 registered, 2 released'],
  'timers that are refused': [() => {
    for (const set of [setTimeout, setInterval, setImmediate]) assert.throws(() => set('no function', 1), { code: 'ERR_INVALID_ARG_TYPE' });
  }, 'timeout', 'nothing'],
  'clearing what is no timer': [() => {
    for (const clear of [clearTimeout, clearInterval]) {
      for (const what of [undefined, null, {}, [], NaN, 1e9, 'x', '', f, Symbol.iterator, true, new Date()]) clear(what);
    }
    for (const what of [undefined, null]) clearImmediate(what);
  }, 'timeout', 'nothing'],
};

/** Waits until something has run so often. */
async function until(runs, count) {
  while (runs.length < count) await later();
}

const kept = [];
function keep(timer) {
  kept.push(timer);
  return timer;
}
function cleanUp() {
  for (const timer of kept.splice(0)) (timer.close ? clearTimeout : clearImmediate)(timer);
}

describe('timers are counted:', () => {
  for (const [what, [act, kind, expected, isAbsent]] of Object.entries(cases)) {
    it(what, { skip: isAbsent && 'no Symbol.dispose on timers here' }, async () => {
      try {
        assert.equal(await tally(kind, async () => void (await act())), expected);
      } finally {
        cleanUp();
      }
    });
  }

  it('set before the start, cleared after it', async () => {
    const [timer, interval] = [setTimeout(f, HOUR), setInterval(f, HOUR)];
    const { counts } = await recording(() => [clearTimeout(timer), clearInterval(+interval)]);
    assert.deepEqual(counts, {});
  });

  it('set in one recording, ended in the next', async () => {
    let timer;
    await recording(() => {
      timer = setTimeout(f, 20);
      keep(setInterval(f, HOUR));
    });
    const { counts } = await recording(async () => {
      await later(20);
      assert.equal(timer._destroyed, true);
      cleanUp();
    });
    assert.equal(counts.interval, undefined);
    assert.equal(counts.timeout, undefined);
  });

  it("not what inherits from a timer, which another's patch may return: its end does not show", async () => {
    const original = globalThis.setTimeout;
    globalThis.setTimeout = (...args) => Object.create(original(...args));
    try {
      const { counts } = await recording(() => {
        const heir = setTimeout(f, HOUR);
        keep(Object.getPrototypeOf(heir));
        assert.equal(Object.hasOwn(heir, '_timerArgs'), false);
      });
      assert.equal(counts.timeout, undefined);
    } finally {
      globalThis.setTimeout = original;
      cleanUp();
    }
  });

  it('labelled with their delay', async () => {
    const { sites } = await recording(() => {
      const timers = [setTimeout(f, 30_000), setInterval(f, 1500), setImmediate(f), setTimeout(f, -5), setTimeout(f, '250'), setTimeout(f, 1e12).unref()];
      timers.forEach(keep);
    });
    cleanUp();
    const labels = sites.map(({ label }) => label).toSorted();
    assert.deepEqual(labels, [
      'setImmediate', 'setInterval 1500 ms', 'setTimeout 1 ms', 'setTimeout 1 ms', 'setTimeout 250 ms', 'setTimeout 30000 ms',
    ]);
  });
});
