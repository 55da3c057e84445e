'use strict';

/**
 * Stack keys: the site of a stack that was captured before, by the addresses on it, for a fraction of what a capture
 * costs. The addon reads and keeps them; here is decided whether they can be relied on, and what still is captured.
 */

const { now, Promise } = require('../base/originals.js');
const { floor, random } = require('../base/primordials.js');
const { noteOnce } = require('../base/internal-errors.js');

/** Versions of V8 that millions of keys were compared with captures on: Node 20, 22, 24, 26. */
const TESTED = ['11.3', '12.4', '13.6', '14.6'];
/** Tests, until one succeeds: at once, and then one a tick. */
const TRIES = 8;
/** By default so many are relied on for each that is compared. */
const VERIFY_EVERY = 1024;
/** One in so many is timed: a look at the clock costs a quarter of what it would measure. */
const TIME_EVERY = 64;

/**
 * @param {object} native the addon
 * @param {number} depth frames that a site keeps
 * @param {number} [verifyEvery] one in so many stacks that are known by their key is captured all the same, and compared
 * @returns {ReturnType<typeof keysOf> | null} null where stacks have to be captured each time
 */
function createKeys(native, depth, verifyEvery = VERIFY_EVERY) {
  const version = process.versions.v8.split('.', 2).join('.');
  if (!TESTED.includes(version)) return without(`they are not tested with V8 ${version}`);
  // Frames of leakline's own, and V8's builtins between those of the program.
  if (!native.beginKeys(2 * depth + 24)) return without('V8 does not offer what they take here');
  return keysOf(native, verifyEvery, () => {
    if (!isReliable(native) || learnWalk(native) === null) return false;
    learnAwaits(native, version);
    return true;
  });
}

function without(reason) {
  noteOnce(`each stack is captured, which costs more than a stack key: ${reason}`);
  return null;
}

/** Different call sites have different keys, the same one has the same, and a call more is a frame more. */
function isReliable(native) {
  // Code that is compiled between two looks has other addresses: then once more.
  for (let tries = 0; tries < TRIES; tries++) {
    if (isPlausible(native)) return true;
  }
  return false;
}

function isPlausible(native) {
  const here = () => native.probeKey();
  const deeper = (probe) => [probe()][0];
  const first = [];
  const second = [];
  const third = [];
  for (let i = 0; i < 2; i++) {
    first.push(here());
    second.push(here());
    third.push(deeper(here));
  }
  const all = [first, second, third];
  const isStable = all.every(([[, once], [, again]]) => once === again && once !== 0);
  const [[frames, one], [oneMore, two], [deep, three]] = all.map(([probe]) => probe);
  return isStable && one !== two && two !== three && three !== one && frames >= 2 && oneMore === frames && deep === frames + 1;
}

/** V8 reads a stack slowly. The addon learns from it how to, on stacks that leave JavaScript and enter it again. */
function learnWalk(native) {
  for (let tries = 0; tries < TRIES; tries++) {
    const isLearnt = learnWalkOnce(native);
    // Contradicted: by code that was compiled meanwhile once, by a V8 that cannot be relied on each time.
    if (isLearnt !== null) return isLearnt;
  }
  return null;
}

function learnWalkOnce(native) {
  const learn = () => native.learnWalk();
  const deeper = (depth, fn) => (depth === 0 ? fn() : deeper(depth - 1, fn));
  const beyond = (fn) => JSON.stringify({ toJSON: fn });
  learn();
  deeper(3, learn);
  beyond(learn);
  beyond(() => deeper(2, () => beyond(learn)));
  [1].forEach(() => new (class { field = beyond(learn); })());
  return native.beginWalk();
}

/**
 * Who awaits a stack is a part of it. V8 has no interface for it: the addon knows the layout of these examples, and
 * uses it only if it finds in them what it should. Else stacks are captured in microtasks.
 */
function learnAwaits(native, version) {
  // Elsewhere than in Node it may be built otherwise, and not say so.
  if (process.config?.variables?.v8_enable_pointer_compression !== 0) return;
  const pending = () => new Promise(() => {});
  const awaited = pending();
  const waits = async () => { await awaited; };
  const waiting = waits();
  const chainedOn = pending();
  const handler = () => {};
  const chained = chainedOn.then(handler);
  const ended = pending();
  ended.finally(handler);
  let resolve;
  const resolved = new Promise((value) => { resolve = value; });
  const combined = ['all', 'allSettled', 'any'].flatMap((name) => {
    const element = pending();
    return [element, Promise[name]([element])];
  });
  const [major, minor] = version.split('.');
  const examples = [awaited, waits, waiting, chainedOn, handler, chained, ended, resolve, resolved, ...combined];
  native.learnAwaits(major * 100 + Number(minor), undefined, ...examples);
}

/** @param {() => boolean} isReady tests whether keys can be relied on, from where it is called */
function keysOf(native, verifyEvery, isReady) {
  // The addon has so many properties that V8 looks each up.
  const { siteOfKey, learnKey } = native;
  let untilVerified = 0;
  let untilTimed = TIME_EVERY;
  let spentNs = 0;
  let count = 0;
  let mismatches = 0;
  let isOn = isReady();
  // Where recording is started in the midst of a stack that V8 and the addon read differently, a later one will do.
  let tests = isOn ? 0 : TRIES;

  return {
    /** A tick has passed: the stack is that of a timer. */
    tick() {
      if (tests === 0) return;
      isOn = isReady();
      tests = isOn ? 0 : tests - 1;
      if (isOn || tests > 0) return;
      native.endKeys();
      without('their test at the start has failed');
    },

    /** The site of the current stack; 0 when it has to be captured. */
    find(kind) {
      if (!isOn) return 0;
      if (--untilTimed > 0) return siteOfKey(kind);
      untilTimed = TIME_EVERY;
      const from = now();
      const site = siteOfKey(kind);
      spentNs += (now() - from) * 1e6 * TIME_EVERY;
      return site;
    },

    /** Whether keys are relied on at the moment. */
    isOn: () => isOn,

    /** The site of the current stack where nothing is to be registered; 0 when it is not known. */
    peek: (kind) => siteOfKey(kind),

    /** Whether a stack that was found is to be captured too, to compare. */
    isToVerify() {
      count++;
      if (verifyEvery > 1 && --untilVerified > 0) return false;
      // At random, so that no rhythm of the program's hides from it.
      untilVerified = 1 + floor(random() * 2 * verifyEvery);
      return true;
    },

    /** What a comparison has shown. One mismatch is too much. */
    verified(isSame) {
      if (isSame) return;
      mismatches++;
      isOn = false;
      native.endKeys();
      noteOnce('a stack key led to the wrong creation stack: from then on each stack was captured');
    },

    /** A stack was captured; `site` is its site. Called right after `find`. */
    learn(site) {
      if (isOn) learnKey(site);
    },

    /** What it was used for since the last time. */
    take() {
      const taken = { hits: count, spentNs, mismatches };
      count = 0;
      spentNs = 0;
      mismatches = 0;
      return taken;
    },
  };
}

module.exports = { createKeys };
