'use strict';

/**
 * The watch over one test file, whichever runner runs it. An adapter says when tests begin and end;
 * when the file is over, what its tests registered and left is judged by the addon.
 */

const originals = require('../../base/originals.js');
const { fromOptions, optionError } = require('../../base/options.js');
const { loaded } = require('../../api/core.js');
const { collectGarbage } = require('../../engine/gc.js');
const { announce } = require('./announce.js');
const { ask, encoded, fails } = require('./ask.js');
const { LEVEL } = require('./config.js');
const { createLeftovers, innermost } = require('./leftovers.js');
const { settle } = require('./results.js');

/** Room in the ring: 128 KiB, because each file has one and a garbage collection may be far. */
const RECORDS = 1 << 13;
/**
 * Files after which garbage is collected. What recording a file takes is garbage at its end, and Node lets garbage
 * grow to some hundred megabytes: without this, a long run in one process would need more memory than it does without us.
 */
const FILES_PER_COLLECTION = 24;
let files = 0;

/** Of each realm that is being watched, for `setLeakLevel()`. */
const watches = new WeakMap();
/** Ends the recording for a watch that goes on; null when there is none. */
let endCurrent = null;

/**
 * @typedef {object} Test one run of a test
 * @property {string} name no other test of its file has it
 * @property {string} title what the runner calls it
 * @property {string} file where it is
 * @property {string} level
 * @property {unknown} of the runner's own test, where it is known
 * @property {unknown} first the same of each try of it
 * @property {Test} [parent] the one that it is a part of
 */

/**
 * @param {object} options
 * @param {object} options.realm the tests' global object
 * @param {string} options.runner its name
 * @param {boolean} options.isFirst whether of the run's processes this is the one that says that tests are watched
 * @param {string} [options.file] the test file, where there is one only
 * @param {ReturnType<typeof import('./config.js').load>} options.settings
 * @param {(enter: () => void, leave: () => void, level: string) => void} [options.scope] has the runner call `enter`
 * before the tests of the block that is being defined, and `leave` after them; or keeps `level` itself, for `begin`
 * @param {(level: string) => void} [options.setLevel] in place of it, where it is the adapter that knows whether a
 * test or a block asks
 */
function createWatch({ realm, runner, isFirst, file, settings, scope, setLevel }) {
  const { native, engine } = loaded();
  const { config, ignore, session } = settings;
  if (isFirst) announce(config);
  const recording = record({ native, engine }, settings, realm);
  const watched = engine.watch(realm);
  const { windows, renew } = watched;
  const leftovers = createLeftovers({ native, engine, watched, realm, config, ignore, counts: (test) => ran.has(test) });

  /** Levels of the file and of the describe blocks around, the innermost last. */
  const levels = [];
  /** Those that ran; of one that was tried again, the last run. */
  const ran = new originals.Set();
  /** The same by what the runner has for each. */
  const byFirst = new originals.Map();
  /** How many tests of a file have a name. */
  const counts = new originals.Map();
  /** Tests that were judged by themselves, and what they left. */
  const judged = new originals.Set();
  const reported = [];

  const watch = {
    /** The file's code has run, and its hooks and tests begin. */
    run: windows.run,

    /**
     * A test begins.
     * @param {string} name
     * @param {object} [where]
     * @param {string} [where.file] where several files run at once
     * @param {string} [where.level] that of the blocks around it, where the adapter knows it
     * @param {unknown} [where.of] the runner's own test
     * @param {unknown} [where.first] what it had for this test before, where it is tried again
     * @param {Test} [where.parent] the test that it is a part of: what both may have left is its
     * @returns {Test} to be given back at its end
     */
    begin(name, { file: ofTest = file, level = levels.at(-1), of, first = of, parent } = {}) {
      renew();
      const before = byFirst.get(first);
      // Nobody wants to hear of a try that was not the last.
      ran.delete(before);
      const test = { name: before?.name ?? unused(name, ofTest), title: name, file: ofTest, level: level ?? parent?.level ?? config.leaks, of, first, parent };
      ran.add(test);
      if (first !== undefined) byFirst.set(first, test);
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
      endCheckOf(test);
      if (config.checkAt !== 'test') return null;
      // What a test that still runs may need is judged at its end.
      const others = new originals.Set(windows.openTests());
      const left = await settled([test], (owners) => owners.includes(test) && !owners.some((owner) => others.has(owner)));
      judged.add(test);
      reported.push(...left);
      return ask('suiteJudge', session, encoded(endOf(test.file, [test], left))).failures[0]?.message ?? null;
    },

    /** Whether something is there that one of these tests may have left; it may be garbage. */
    hasLeft: (tests) => leftovers.isAny((owners) => owners.some((test) => tests.includes(test))),

    /** `setLeakLevel(level)`: for the test that runs, else for the block that is being defined. */
    level(level) {
      if (!LEVEL.test(level)) throw optionError('level', LEVEL, level);
      if (level !== 'off') recording.fully();
      if (setLevel !== undefined) return setLevel(level);
      const open = innermost(windows.openTests());
      if (open.length > 0) open.forEach((test) => (test.level = level));
      else scope(() => levels.push(level), () => levels.pop(), level);
    },

    /**
     * The file is over, or all of them: judges what is left, and stops recording where the watch began it.
     * @returns {Promise<{ failures: { tests: Test[], message: string }[], print: string }>} the failures of tests that have
     * not been reported, and what is to be printed
     */
    async finish() {
      try {
        windows.openTests().forEach((test) => windows.close(test));
        const tests = [...ran];
        const left = await settled(tests, (owners) => owners.length > 0 && !owners.some((test) => judged.has(test)));
        const failures = [];
        let print = '';
        for (const part of byFile(tests, [...reported, ...left])) {
          const settledPart = settle(session, endOf(...part));
          for (const { tests: names, message } of settledPart.failures) {
            const failed = part[1].filter((test) => names.includes(test.name));
            if (!failed.every((test) => judged.has(test))) failures.push({ tests: failed, message });
          }
          print += settledPart.print;
        }
        return { failures, print };
      } finally {
        watches.delete(realm);
        recording.end();
      }
    },
  };

  /** A check whose test has ended, such as by the runner's timeout, would refuse those of the tests to come. */
  function endCheckOf(test) {
    const check = watched.check();
    const began = innermost(check?.tests ?? []);
    const open = windows.openTests();
    if (began.includes(test) && !began.some((other) => open.includes(other))) check.interrupt();
  }

  /** `name`, or with a number behind it where another test of the file has it. */
  function unused(name, ofTest) {
    const key = `${ofTest}\n${name}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count === 1 ? name : unused(`${name} (${count})`, ofTest);
  }

  function settled(tests, isMeant) {
    return leftovers.settled(isMeant, (left) =>
      byFile(tests, left).some((part) => part[2].length > 0 && fails(session, endOf(...part))));
  }

  /** Tests and leftovers of each file: names are distinguished, and known leaks are looked up, by it. */
  function byFile(tests, left) {
    const files = new originals.Set([...(file === undefined ? [] : [file]), ...tests.map((test) => test.file)]);
    const of = (each) => (one) => (one.file ?? one.owners[0].file) === each;
    return [...files].map((each) => [each, tests.filter(of(each)), left.filter(of(each))]);
  }

  function endOf(ofTests, tests, left) {
    const cwd = process.cwd();
    return {
      cwd, runner, file: ofTests, update: settings.update, text: { cwd },
      tests: tests.map(({ name, level }) => ({ name, level })),
      leftovers: left.map(({ owners, ...leftover }) => ({ ...leftover, tests: owners.map(({ name }) => name) })),
      notes: JSON.parse(native.notes()),
    };
  }

  watches.set(realm, watch);
  return watch;
}

/**
 * Records until the end is called, or the next watch begins: a runner says nothing of the end of a file in
 * which it runs no test. So this must not hold the file's realm. Where leaks are off it costs little: stacks
 * are taken once somebody wants to hear of leaks after all.
 */
function record({ native, engine }, { config, ignore }, realm) {
  const isOff = config.leaks === 'off';
  endCurrent?.();
  const isOurs = engine.settings === null;
  // Of all kinds, which `toLeak()` may ask for: those that tests may not leave are chosen at the end.
  if (isOurs) engine.start(fromOptions({ mode: isOff ? 'counts' : 'full', ignore, heap: false }), realm, RECORDS);
  else {
    engine.adopt(realm);
    const { kinds } = engine.settings;
    if (kinds !== null) native.note(`not seen: kinds other than ${kinds.join(', ')} (the recording that was there before the tests has no others)`);
  }
  let recordAsBefore = null;
  if (!isOff) fully();
  const release = engine.retain();
  endCurrent = end;
  return { fully, end };

  function fully() {
    recordAsBefore ??= engine.recordFully('watch');
  }

  function end() {
    if (endCurrent !== end) return;
    endCurrent = null;
    engine.unwatch();
    recordAsBefore?.();
    release();
    if (isOurs) engine.stop();
    if (++files % FILES_PER_COLLECTION === 0) collectGarbage();
  }
}

/** The watch over a realm; undefined when there is none. */
function watchOf(realm) {
  return watches.get(realm);
}

module.exports = { createWatch, watchOf };
