'use strict';

// Sampling: estimates are unbiased, the budget holds, and what leaks gets its line in the end. Chance is real here: a
// bound is six standard errors of what the trials themselves show, which one run in 500 million exceeds by chance.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { createBudget } = require('../../js/recording/sampling/budget');
const { createOwnerSampler } = require('../../js/recording/sampling/owners');
const { createStackSampler } = require('../../js/recording/sampling/stacks');
const { createGeometricGaps } = require('../../js/recording/sampling/random');

const TRIALS = 300;
const TICK_MS = 250;

/** Asserts that the mean of the trials is `expected`, within their standard error; returns how many standard errors it is off. */
function errorsOff(values, expected) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
  return Math.abs(mean - expected) / Math.max(Math.sqrt(variance / values.length), 1e-9);
}

function assertUnbiased(values, expected, what) {
  assert.ok(errorsOff(values, expected) < 6, `${what}: ${values.reduce((a, b) => a + b, 0) / values.length}, expected ${expected}`);
}

/** A sampler past what it lets through at its start. */
function started(sampler, admit) {
  for (let i = 0; i < 20_000; i++) admit(sampler);
  return sampler;
}

describe('owners', () => {
  /**
   * Owners that live for one request with three listeners each, at lines of their own. Sums by line the weights of what
   * is recorded; `ofFollowing` is the weight of what comes on an owner that is tracked.
   */
  function sums(ofFollowing) {
    const sampler = started(createOwnerSampler(20), (one) => one.admit('start', 1));
    const byLine = [0, 0, 0];
    for (let tick = 0; tick < 20; tick++) {
      // Load that swings: the weight goes up and down with it.
      for (let owner = 0; owner < (tick % 4 === 0 ? 2_000 : 50); owner++) {
        let tracked = -1;
        for (let line = 0; line < 3; line++) {
          if (tracked >= 0) byLine[line] += ofFollowing(tracked);
          else {
            const weight = sampler.admit(`event ${line}`, 1);
            if (weight < 0) continue;
            tracked = weight;
            byLine[line] += 2 ** weight;
          }
        }
      }
      sampler.tick();
    }
    return byLine;
  }

  const OWNERS = 5 * 2_000 + 15 * 50;

  it('each line of an owner is estimated without bias, however many come before it', () => {
    const trials = Array.from({ length: TRIALS }, () => sums(() => 1));
    for (const line of [0, 1, 2]) assertUnbiased(trials.map((byLine) => byLine[line]), OWNERS, `line ${line}`);
  });

  it('this test says a rule that is biased', () => {
    const trials = Array.from({ length: TRIALS }, () => sums((weight) => 2 ** weight));
    assert.ok(errorsOff(trials.map(([, second]) => second), OWNERS) > 12);
  });

  it('one that gathers listeners among thousands that do not is tracked by its eighth', () => {
    const sampler = started(createOwnerSampler(20), (one) => one.admit('start', 1));
    for (let count = 1; count <= 8; count++) {
      for (let other = 0; other < 2_000; other++) sampler.admit('finish', 1);
      if (sampler.admit('finish', count) >= 0) return;
    }
    assert.fail('it was not tracked');
  });

  it('each whose event is heard rarely is tracked among thousands of others', () => {
    const sampler = started(createOwnerSampler(20), (one) => one.admit('start', 1));
    const tick = () => {
      for (let other = 0; other < 2_000; other++) sampler.admit('finish', 1);
      sampler.tick();
    };
    tick();
    sampler.admit('invalidate', 1);
    tick();
    for (let i = 0; i < 10; i++) {
      for (let ticks = 0; ticks < 4; ticks++) tick();
      assert.equal(sampler.admit('invalidate', 1), 0);
    }
  });

  it('an event that comes a hundred times as often does not take from another', () => {
    const sampler = started(createOwnerSampler(20), (one) => one.admit('start', 1));
    const tracked = { finish: 0, message: 0 };
    for (let tick = 0; tick < 200; tick++) {
      for (let i = 0; i < 500; i++) {
        if (sampler.admit('finish', 1) >= 0) tracked.finish++;
        if (i % 100 === 0 && sampler.admit('message', 1) >= 0) tracked.message++;
      }
      sampler.tick();
    }
    assert.ok(tracked.message > 900, `${tracked.message} of 1,000`);
    assert.ok(tracked.finish > 500 && tracked.finish < 6_000, `${tracked.finish} of 100,000`);
  });

  /** Requests that listen for `done` at line 1, and once a tick one that leaks at line 2; sums the weights by line. */
  function byPlace(requests, ticks) {
    const sampler = started(createOwnerSampler(8), (one) => one.admit('start', 1));
    const seen = { 1: 0, 2: 0, tracked: 0, peeks: 0 };
    const register = (line) => {
      const weight = sampler.admit('done', 1, {}, () => (seen.peeks++, line));
      if (weight >= 0) seen[line] += 2 ** weight;
      if (weight >= 0) seen.tracked++;
    };
    for (let tick = 0; tick < ticks; tick++) {
      const leaksAt = Math.floor(Math.random() * requests);
      for (let i = 0; i < requests; i++) {
        register(1);
        if (i === leaksAt) register(2);
      }
      sampler.tick();
    }
    return seen;
  }

  it('of a name that each request hears, the place that is rare is followed', () => {
    const { 2: leaked, tracked, peeks } = byPlace(100, 400);
    assert.ok(leaked > 380 && leaked < 480, `${leaked} of 400`);
    assert.ok(tracked < 400 + 4_000, `${tracked} of 40,400`);
    assert.ok(peeks > 30_000);
  });

  it('each place is estimated without bias, whether there is time to look at all or not', () => {
    for (const [requests, ticks, most] of [[100, 40, Infinity], [1_000, 40, 400]]) {
      const trials = Array.from({ length: TRIALS }, () => byPlace(requests, ticks));
      assertUnbiased(trials.map((seen) => seen[1]), requests * ticks, `${requests} requests a tick`);
      assertUnbiased(trials.map((seen) => seen[2]), ticks, `one beside ${requests} a tick`);
      assert.ok(trials.every(({ peeks }) => peeks <= most), 'few peeks where there are too many to look at');
    }
  });

  it('few of those that come and go are tracked', () => {
    const sampler = createOwnerSampler(20);
    let tracked = 0;
    for (let tick = 0; tick < 100; tick++) {
      for (let i = 0; i < 4_000; i++) if (sampler.admit('finish', 1) >= 0) tracked++;
      sampler.tick();
    }
    assert.ok(tracked > 1_500 && tracked < 400_000 / 40, `${tracked} of 400,000`);
  });

  it('nor are those of names that are made up', () => {
    const sampler = started(createOwnerSampler(20), (one) => one.admit('start', 1));
    let tracked = 0;
    for (let tick = 0; tick < 100; tick++) {
      for (let i = 0; i < 1_000; i++) if (sampler.admit(`reply ${tick} ${i}`, 1) >= 0) tracked++;
      sampler.tick();
    }
    assert.ok(tracked > 100 && tracked < 10_000, `${tracked} of 100,000`);
  });

  it('all are tracked that are made in the first two seconds', () => {
    const sampler = createOwnerSampler(20);
    for (let tick = 0; tick < 8; tick++) {
      for (let i = 0; i < 10; i++) assert.equal(sampler.admit('finish', 1), 0);
      sampler.tick();
    }
    const later = Array.from({ length: 1_000 }, () => sampler.admit('finish', 1));
    assert.ok(later.filter((weight) => weight === -1).length > 800);
  });
});

describe('stacks', () => {
  it('a line is estimated without bias beside one that comes a hundred times as often', () => {
    const trials = Array.from({ length: TRIALS }, () => {
      const sampler = started(createStackSampler(20, 8), (one) => one.admit('start'));
      let often = 0;
      let rare = 0;
      for (let tick = 0; tick < 20; tick++) {
        for (let i = 0; i < 1_010; i++) {
          const weight = sampler.admit('event');
          if (weight < 0) continue;
          if (i % 101 === 100) rare += 2 ** weight;
          else often += 2 ** weight;
        }
        sampler.tick(20);
      }
      return { often, rare };
    });
    assertUnbiased(trials.map(({ often }) => often), 20_000, 'often');
    assertUnbiased(trials.map(({ rare }) => rare), 200, 'rare');
  });

  it('a pause changes nothing: a burst after it is sampled as the one before', () => {
    const sampler = started(createStackSampler(20, 15), (one) => one.admit('start'));
    const burst = () => {
      let admitted = 0;
      for (let i = 0; i < 5_000; i++) if (sampler.admit('finish') >= 0) admitted++;
      sampler.tick(20);
      return admitted;
    };
    for (let i = 0; i < 20; i++) burst();
    const before = Array.from({ length: 10 }, burst);
    const after = Array.from({ length: 10 }, () => {
      for (let ticks = 0; ticks < 20; ticks++) sampler.tick(20);
      return burst();
    });
    const sum = (counts) => counts.reduce((a, b) => a + b, 0);
    assert.ok(sum(after) < 2 * sum(before), `${sum(after)} instead of ${sum(before)}`);
  });

  it('what makes more of something than there ever was gets its stack', () => {
    const sampler = started(createStackSampler(20, 15), (one) => one.admit('start'));
    for (let leak = 0; leak < 10; leak++) assert.equal(sampler.admit('finish', true), 0);
  });

  it('but no more of it than a tick has room for', () => {
    const sampler = started(createStackSampler(20, 15), (one) => one.admit('start'));
    let certain = 0;
    for (let i = 0; i < 1_000; i++) if (sampler.admit('finish', true) === 0) certain++;
    assert.ok(certain >= 16 && certain < 100, `${certain} of 1,000`);
  });
});

describe('gaps', () => {
  it('come up as often as a die of 2^k sides would choose', () => {
    const geometricGap = createGeometricGaps();
    for (const k of [0, 1, 3, 7]) {
      const gaps = Array.from({ length: 20_000 }, () => geometricGap(k));
      assertUnbiased(gaps, 2 ** k, `k = ${k}`);
      assert.ok(gaps.every((gap) => Number.isInteger(gap) && gap >= 1));
    }
  });
});

describe('the budget', () => {
  const SHARE = 0.01;
  const STACK_NS = 1_000;
  /** Stacks that the whole budget buys in a tick. */
  const ENOUGH = (SHARE * TICK_MS * 1e6) / STACK_NS;

  /** What each subject gets a tick, once it has settled, when it asks for so many. */
  function granted(asked, { records = 0, otherNs = 0, busyNs } = {}) {
    const { samplers, tick } = createBudget(SHARE, TICK_MS, 15, true);
    const got = {};
    for (let ticks = 0; ticks < 60; ticks++) {
      for (const [subject, count] of Object.entries(asked)) {
        got[subject] ??= [];
        got[subject][ticks] = 0;
        for (let i = 0; i < count; i++) if (samplers[subject].admit() >= 0) got[subject][ticks]++;
      }
      tick(STACK_NS, records, otherNs, busyNs);
    }
    return Object.fromEntries(
      Object.entries(got).map(([subject, counts]) => [subject, counts.slice(-30).reduce((a, b) => a + b, 0) / 30 / ENOUGH]),
    );
  }

  it('is kept by all subjects together', () => {
    const shares = Object.values(granted({ listener: 50_000, timer: 50_000, collection: 50_000, other: 50_000 }));
    const sum = shares.reduce((a, b) => a + b, 0);
    assert.ok(sum < 1.3 && sum > 0.3, `${sum} of the budget`);
  });

  it('goes to whoever asks, and what asks for much does not take it from the others', () => {
    const { collection, timer } = granted({ collection: 100_000, timer: 400 });
    assert.ok(collection > 0.25 && collection < 1.1, `${collection} of the budget for collections`);
    assert.ok(timer > (0.9 * 400) / ENOUGH, `${timer * ENOUGH} of 400 timers`);
  });

  it('pays for records and looks first, and then still for some stacks', () => {
    const free = granted({ listener: 50_000 }).listener;
    const { listener } = granted({ listener: 50_000 }, { otherNs: SHARE * TICK_MS * 1e6 });
    assert.ok(listener < free / 2 && listener > 0.05, `${listener} instead of ${free}`);
  });

  it('follows what the thread has to do', () => {
    const idle = granted({ listener: 50_000 }, { busyNs: 0.1 * TICK_MS * 1e6 }).listener;
    const busy = granted({ listener: 50_000 }).listener;
    assert.ok(idle < busy / 2 && idle > 0, `${idle} instead of ${busy}`);
  });

  it('in counts mode buys no stacks, but the handles of collections', () => {
    const { samplers, tick } = createBudget(SHARE, TICK_MS, 15, false);
    let held = 0;
    for (let ticks = 0; ticks < 100; ticks++) {
      for (let i = 0; i < 250_000; i++) if (samplers.collection.admit() >= 0) held++;
      tick(0, 0, 0);
    }
    assert.ok(held * 300 < 2 * SHARE * 100 * TICK_MS * 1e6, `${held} of 25 million held`);
  });
});
