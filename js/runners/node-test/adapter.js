'use strict';

/** Joins node:test and the watch over the files of this process. */

const vm = require('node:vm');

const { Map } = require('../../base/originals.js');
const { load } = require('../core/config.js');
const { createWatch } = require('../core/watch.js');
const { atEnd, isForced } = require('./end.js');

const ROOT = '';

/** @param {typeof import('node:test')} runner */
function watchProcess({ after, before, beforeEach, describe }) {
  /** By file and full name: suites may run at once, and without isolation files do. */
  const levels = new Map();
  /** Ours by node:test's, those that run. */
  const running = new Map();
  let isOver = false;

  const watch = createWatch({
    realm: globalThis,
    runner: 'node:test',
    // The processes of files are many: the one that starts them says it.
    isFirst: process.env.NODE_TEST_CONTEXT === undefined,
    settings: load(),
    setLevel(level) {
      // A file may define suites while its first tests run. The place of the call decides: in a test it runs at once.
      before((context) => {
        const test = testOf(context);
        if (test === undefined) levels.set(keyOf(fileOf(context), nameOf(context)), level);
        else test.level = level;
      });
    },
  });

  // Hooks of the root are for all tests, subtests too.
  beforeEach((context) => {
    if (isOver) return;
    // Before that, nothing shows that the code of the file has run.
    watch.run();
    const name = nameOf(context);
    const parent = [...running.values()].find((test) => test.file === fileOf(context) && test.title === parentNameOf(context));
    running.set(context, watch.begin(name, { file: fileOf(context), level: levelOf(fileOf(context), name), parent, of: context }));
    // A hook that comes after those of the file, and when it runs, after the test's own.
    context.after(() => context.after(() => end(context)));
  });

  async function end(context) {
    const test = running.get(context);
    running.delete(context);
    const message = await watch.end(test);
    if (message !== null) throw leakError(test.file, message);
  }

  atEnd({ after }, async () => {
    isOver = true;
    const { failures, print } = await watch.finish();
    if (print !== '') process.stderr.write(print);
    for (const failure of failures) await fail(failure);
  });

  /** What has ended is reported: so a suite fails in the test's place. A test would get the file's hooks again. */
  async function fail({ tests: [{ file, name }], message }) {
    let isSent = false;
    const printOnce = () => {
      isSent = true;
      throw leakError(file, message);
    };
    // What is defined now is not run when node:test ends the process, nor what a pattern leaves out.
    if (!isForced() && countsSuites()) await calledIn(file)(describe, `leakline: ${name}`, printOnce);
    if (!isSent) process.stderr.write(`\n${name}\n\n${message}\n`);
    process.exitCode ||= 1;
  }

  /** The test that runs, when a context is a test's: another object than its hooks were given. */
  function testOf(context) {
    if (context.constructor.name !== 'TestContext') return undefined;
    return [...running.values()].findLast((test) => test.title === nameOf(context) && test.file === fileOf(context));
  }

  function levelOf(file, name) {
    const key = keyOf(file, name);
    const around = [...levels.keys()].filter((block) => block === ROOT || key === block || key.startsWith(`${block} > `));
    return levels.get(around.sort((a, b) => a.length - b.length).pop());
  }
}

/** A block of a file. The root is that of all files of the process. */
function keyOf(file, name) {
  return name === '' ? ROOT : `${file}\n${name}`;
}

/** `suite > test`; nothing for the root. Node before 20.16 and 22.3 knows the last part only. */
function nameOf({ name, fullName = name }) {
  return fullName === '<root>' ? '' : fullName;
}

function fileOf({ filePath = process.argv[1] }) {
  return filePath;
}

function parentNameOf({ name, fullName = name }) {
  return fullName.slice(0, -` > ${name}`.length);
}

/** Node 22 passes a file with a suite that failed by itself, whatever its process ends with; 23 came and went. */
function countsSuites() {
  return process.env.NODE_TEST_CONTEXT === undefined || !/^v2[23]\./.test(process.version);
}

/** A function that calls another at the beginning of a file: node:test shows from where a test was defined. */
function calledIn(file) {
  return vm.runInThisContext('(define, name, fn) =>\ndefine(name, fn)', { filename: file, lineOffset: -1 });
}

/** Its place is the test file: the message names the line of the leak. */
function leakError(file, message) {
  const error = new Error(message);
  error.stack = `${message}\n    at ${file}:1:1`;
  return error;
}

module.exports = { watchProcess };
