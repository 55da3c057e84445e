'use strict';

/**
 * The watch over one test file, whichever runner runs it. An adapter tells when tests begin and end;
 * when the file is over, what its tests registered and left is judged by the addon.
 */

const originals = require('../originals.js');
const { fromOptions } = require('../options.js');
const { loaded } = require('../core.js');
const { error } = require('../errors.js');
const { movedFrames } = require('../positions.js');
const { mainGlobal } = require('../realm.js');
const { ask } = require('./ask.js');
const { settle } = require('./results.js');

/** What clears a moment late is waited for in growing steps, in ms. */
const FIRST_WAIT_MS = 5;
/** Room in the ring: 128 KiB, because each file has one and a garbage collection may be far. */
const RECORDS = 1 << 13;
const LEVELS = ['fail', 'report', 'off'];

/** Of each realm that is being watched, for `leaks()`. */
const watches = new WeakMap();
/** Ends the watch that goes on; null when there is none. */
let endCurrent = null;

/**
 * @typedef {object} Test one run of a test
 * @property {string} name
 * @property {string} file where it is
 * @property {string} level
 * @property {Test} [parent] the one that it is a part of
 */

/**
 * @param {object} options
 * @param {object} options.realm the tests' global object
 * @param {string} options.runner its name
 * @param {string} [options.file] the test file, where there is one only
 * @param {ReturnType<typeof import('./config.js').load>} options.settings
 * @param {(enter: () => void, leave: () => void, level: string) => void} [options.scope] has the runner call `enter`
 * before the tests of the block that is being defined, and `leave` after them; or keeps `level` itself, for `begin`
 * @param {(level: string) => void} [options.setLevel] in place of it, where it is the adapter that knows whether a
 * test or a block asks
 */
function createWatch({ realm, runner, file, settings, scope, setLevel }) {
  // A runner tells nothing of the end of a file in which it runs no test.
  endCurrent?.();
  const { native, engine } = loaded();
  const { config } = settings;
  const isOurs = engine.settings === null;
  if (isOurs) engine.start(fromOptions({ mode: 'full', kinds: config.kinds ?? undefined, ignore: settings.ignore }), realm, RECORDS);
  else engine.adopt(realm);
  const recordAsBefore = engine.recordFully('watch');
  const { windows, renew, disownClosed } = engine.watch(realm);

  /** Levels of the file and of the describe blocks around, the innermost last. */
  const levels = [];
  /** @type {Test[]} those that ran */
  const ran = [];
  /** Tests that were judged by themselves. */
  const judged = new originals.Set();

  /** What tests left that were judged by themselves. */
  const told = [];

  const watch = {
    /**
     * A test begins.
     * @param {string} name
     * @param {object} [where]
     * @param {string} [where.file] where several files run at once
     * @param {string} [where.level] that of the blocks around it, where the adapter knows it
     * @param {Test} [where.parent] the test that it is a part of: what both may have left is its
     * @returns {Test} to be given back at its end
     */
    begin(name, { file: ofTest = file, level = levels.at(-1), parent } = {}) {
      renew();
      const test = { name, file: ofTest, level: level ?? parent?.level ?? config.leaks, parent };
      ran.push(test);
      windows.open(test);
      return test;
    },

    /**
     * It ends. Resolves to why it fails; null when it does not, or when the file's end decides.
     * @param {Test} test
     * @returns {Promise<string | null>}
     */
    async end(test) {
      windows.close(test);
      if (config.judge !== 'test') return null;
      // What a test that still runs may need is judged at its end.
      const others = new originals.Set(windows.openTests());
      const left = await waitFor([test], (owners) => owners.includes(test) && !owners.some((owner) => others.has(owner)));
      judged.add(test);
      told.push(...left);
      return ask('judge', input(test.file, [test], left)).failures[0]?.message ?? null;
    },

    /** `leaks(level)`: for the test that runs, else for the block that is being defined. */
    level(level) {
      if (!LEVELS.includes(level)) throw error('ERR_LEAKLINE_OPTION', 'level', "'fail', 'report' or 'off'", level);
      if (setLevel !== undefined) return setLevel(level);
      const open = innermost(windows.openTests());
      if (open.length > 0) open.forEach((test) => (test.level = level));
      else scope(() => levels.push(level), () => levels.pop(), level);
    },

    /**
     * The file is over, or all of them: judges what is left, and stops recording where the watch began it.
     * @returns {Promise<{ failures: { file: string, tests: string[], message: string }[], print: string }>} the
     * failures of tests that have not been told, and what is to be printed
     */
    async finish() {
      try {
        windows.openTests().forEach((test) => windows.close(test));
        const left = await waitFor(ran, (owners) => !owners.some((test) => judged.has(test)));
        const isTold = (of, name) => [...judged].some((test) => test.file === of && test.name === name);
        const failures = [];
        let print = '';
        for (const part of byFile(ran, [...told, ...left])) {
          const settled = settle(input(...part));
          const untold = settled.failures.filter(({ tests }) => !tests.every((name) => isTold(part[0], name)));
          failures.push(...untold.map((failure) => ({ file: part[0], ...failure })));
          print += settled.print;
        }
        return { failures, print };
      } finally {
        if (endCurrent === end) end();
      }
    },
  };

  function end() {
    endCurrent = null;
    watches.delete(realm);
    recordAsBefore();
    if (isOurs) engine.stop();
  }

  /** What is left of some tests, once what is late has had its time. */
  async function waitFor(tests, isMeant) {
    const until = originals.now() + config.graceMs;
    let left = leftovers(isMeant, false);
    for (let wait = FIRST_WAIT_MS; fails(tests, left); wait *= 2) {
      await pause(Math.min(wait, until - originals.now()));
      left = leftovers(isMeant, true);
      if (originals.now() >= until) break;
    }
    if (!fails(tests, left)) return left;
    const moved = movedFrames(left.flatMap(({ stack }) => stack), [realm, mainGlobal]);
    if (moved.length === 0) return left;
    native.mapped(JSON.stringify(moved));
    return leftovers(isMeant, false);
  }

  function fails(tests, left) {
    return byFile(tests, left).some((part) => part[2].length > 0 && ask('judge', input(...part)).failures.length > 0);
  }

  /** Tests and leftovers of each file: names are told apart, and known leaks are looked up, by it. */
  function byFile(tests, left) {
    const files = new originals.Set([...(file === undefined ? [] : [file]), ...tests.map((test) => test.file)]);
    const isIn = (each) => (one) => one.file === each;
    return [...files].map((each) => [each, tests.filter(isIn(each)), left.filter(isIn(each))]);
  }

  function leftovers(isMeant, gc) {
    engine.look('watch', { gc });
    disownClosed();
    return JSON.parse(native.leftovers())
      .map((leftover) => ({ ...leftover, owners: innermost(windows.testsOf(leftover.window)) }))
      .filter(({ owners }) => isMeant(owners))
      .map(({ owners, direct, ...leftover }) => ({ ...leftover, viaNode: !direct, file: owners[0]?.file ?? file, tests: owners.map(({ name }) => name) }));
  }

  function input(ofTests, tests, left) {
    const { baseline, update } = settings;
    const leftovers = left.map(({ file: _, ...leftover }) => leftover);
    tests = tests.map(({ name, level }) => ({ name, level }));
    return { cwd: process.cwd(), runner, file: ofTests, tests, leftovers, config, baseline, update, notes: [], text: { cwd: process.cwd() } };
  }

  watches.set(realm, watch);
  endCurrent = end;
  return watch;
}

/** Tests without those that others among them are a part of. */
function innermost(tests) {
  const outer = new originals.Set();
  for (const test of tests) for (let { parent } = test; parent !== undefined; { parent } = parent) outer.add(parent);
  return tests.filter((test) => !outer.has(test));
}

/** Some turns of the event loop, by a timer that is nobody's. */
function pause(ms) {
  return new originals.Promise((resolve) => originals.setTimeout(resolve, ms));
}

/** The watch over a realm; undefined when there is none. */
function watchOf(realm) {
  return watches.get(realm);
}

module.exports = { createWatch, watchOf };
