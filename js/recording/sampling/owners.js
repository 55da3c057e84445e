'use strict';

/**
 * Decides from which registration on an owner of listeners is tracked, where most owners live for one request.
 *
 * Each registration on an owner that is not tracked is chosen with probability 2^-k, and then stands for 2^k; those that
 * follow on the same owner are recorded all, and stand for themselves. So the expected weight of each is 1, however
 * many came before it (Horvitz and Thompson, 1952), and an owner that goes on gathering listeners is tracked in the end.
 *
 * Each event's name has a k of its own, by how often it was heard lately: what leaks once a second is followed from the first on,
 * however often each request registers something else. k depends on what was seen before, never on the registration at
 * hand.
 *
 * Of a name that is heard often, the place decides: each place that registers, by its stack's key, has a k of its own. So an
 * emitter that leaks once a second is followed also where each request listens for the same. A peek at a key takes some hundred
 * ns, so it is for services that do not register more in a tick than can be looked at.
 */

const { createGeometricGaps } = require('./random.js');
const { Map } = require('../../base/originals.js');
const { floor, log2, max, min, round } = require('../../base/primordials.js');

/** Owners that are tracked all: those that a service makes at its start, in so many ticks, live long. */
const START_ALLOWANCE = 1_000;
const START_TICKS = 8;
/** The largest log2 of a weight. */
const MAX_OWNER_WEIGHT = 13;
/** An owner that has so many listeners of one event gathers them: it is tracked without a throw. */
const MANY = 8;
/** So many of those a tick. */
const MAX_GATHERING = 32;
/** The share of the last tick in what is known of a name's rate. */
const LATEST_SHARE = 0.25;
/** Names remembered at the least; twice as many at the most. */
const MAX_NAMES = 1024;
/** Peeks at stack keys a tick: with half a µs each, a third of a thousandth of a core. */
const MAX_PEEKS = 160;
/** Ticks without any after one that would have needed more. */
const PEEK_PAUSE = 40;
/** The longest name that is remembered. */
const MAX_NAME = 64;

/** What shares a k. */
class Stratum {
  /** Registrations in the tick `tick`, and an average of the ticks before. */
  count = 0;
  rate = 0;
  weight = 0;
  /** Registrations up to the next that is chosen. */
  gap = 1;
  /** How many more may be chosen until k goes up within a tick. */
  left = 1;

  constructor(tick) {
    this.tick = tick;
  }
}

/** @param {number} allowance owners a tick */
function createOwnerSampler(allowance) {
  let isStarting = true;
  let startLeft = START_ALLOWANCE;
  let gathering = MAX_GATHERING;
  let ticks = 0;
  let isAsked = false;
  /** How many strata were asked in this tick, and how much each may have. */
  let active = 0;
  let allowedEach = allowance;
  let peeksLeft = MAX_PEEKS;
  let peeksFrom = 0;
  let peeked;
  const geometricGap = createGeometricGaps();
  const ofName = createStrata();
  const ofSite = createStrata();

  /** Decides by what was seen of its stratum. */
  function choose(stratum) {
    if (--stratum.gap > 0) return -1;
    const admitted = stratum.weight;
    if (--stratum.left <= 0 && admitted < MAX_OWNER_WEIGHT) {
      stratum.left = allowedEach;
      setWeight(stratum, admitted + 1);
    } else stratum.gap = geometricGap(admitted);
    return admitted;
  }

  /** Decides by the place that registers. */
  function chooseBySite(site) {
    peeked = site;
    if (--peeksLeft === 0) peeksFrom = ticks + PEEK_PAUSE;
    const stratum = ofSite(site === 0 ? undefined : site, ticks);
    if (stratum.tick !== ticks) renew(stratum);
    stratum.count++;
    return choose(stratum);
  }

  /** The first of a stratum in this tick. The next one must not wait for what was thrown under another k. */
  function renew(stratum) {
    const passed = ticks - stratum.tick;
    stratum.rate += (stratum.count - stratum.rate) * LATEST_SHARE;
    if (passed > 1) stratum.rate *= (1 - LATEST_SHARE) ** (passed - 1);
    stratum.count = 0;
    stratum.tick = ticks;
    stratum.left = 2 * allowedEach;
    active++;
    const wanted = round(log2(max(1, stratum.rate / allowedEach)));
    setWeight(stratum, min(MAX_OWNER_WEIGHT, wanted));
  }

  function setWeight(stratum, weight) {
    if (weight === stratum.weight) return;
    stratum.weight = weight;
    stratum.gap = geometricGap(weight);
  }

  return {
    /**
     * The weight's log2 when an owner is tracked from this registration on; -1 when it is not.
     * @param {string | symbol | undefined} event
     * @param {number} count how many listeners of it the owner has, with this one
     * @param {object} [owner]
     * @param {(owner: object) => number | undefined} [peek] the number of the site that registers, 0 where it is not known; undefined where
     * it is not to be asked for
     */
    admit(event, count, owner, peek) {
      isAsked = true;
      peeked = undefined;
      const stratum = ofName(event, ticks);
      if (stratum.tick !== ticks) renew(stratum);
      stratum.count++;
      if (isStarting) {
        if (--startLeft > 0) return 0;
        isStarting = false;
      }
      if (count >= MANY && gathering-- > 0) return 0;
      if (stratum.weight > 0 && peeksLeft > 0 && peek !== undefined) {
        const site = peek(owner);
        if (site !== undefined) return chooseBySite(site);
      }
      return choose(stratum);
    },

    /** What the last `admit` has peeked at; undefined when it has not. */
    peeked: () => peeked,

    /**
     * A tick has passed. While nothing comes no time passes: after a pause everything would be rare.
     * @param {number} [allowed] owners in the next
     */
    tick(allowed = allowance) {
      allowance = allowed;
      gathering = MAX_GATHERING;
      if (!isAsked) return;
      isAsked = false;
      if (++ticks >= START_TICKS) isStarting = false;
      allowedEach = max(1, floor(allowance / max(1, active)));
      active = 0;
      peeksLeft = ticks < peeksFrom ? 0 : MAX_PEEKS;
    },
  };
}

/**
 * Finds the stratum of a name or a site.
 * @returns {(key: string | symbol | number | undefined, ticks: number) => Stratum}
 */
function createStrata() {
  let strata = new Map();
  let before = strata;
  /** Of those that come for the first time, and of what has no key. */
  const others = new Stratum(0);
  /** The one that was found last: a loop asks for the same again. */
  let latest;
  let latestKey;
  return (key, ticks) => {
    if (key === latestKey && latest !== undefined) return latest;
    if (key === undefined || (typeof key === 'string' && key.length > MAX_NAME)) return others;
    const known = strata.get(key);
    if (known !== undefined) {
      latestKey = key;
      return (latest = known);
    }
    const earlier = before.get(key);
    if (strata.size >= MAX_NAMES) {
      before = strata;
      strata = new Map();
      latest = undefined;
    }
    strata.set(key, earlier ?? new Stratum(ticks));
    // Of names that are made up there are always new: they must not be tracked each.
    return earlier ?? others;
  };
}

module.exports = { createOwnerSampler };
