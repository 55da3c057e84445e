'use strict';

const { inspect } = require('node:util');

const { clean } = require('./clean');

/**
 * Every error leakline throws. An entry makes two sentences: the rule with what was given, and what to do about it;
 * and names the class, where it is not Error.
 * Codes are part of the public interface: never reuse one for another meaning.
 */
const table = {
  // current, given: the options that run, and those of the second call.
  ERR_LEAKLINE_STARTED: (current, given) => [
    `leakline starts once: it runs with ${show(current)} and was asked to start with ${show(given)}.`,
    'Call stop() first, or remove one of the two starts (--require leakline/register is one).',
  ],
  // what: the function that was called.
  ERR_LEAKLINE_NOT_STARTED: (what) => [
    `${what}() needs leakline to be recording, and it is not started.`,
    'Call start() before, or run node with --require leakline/register and LEAKLINE=1.',
  ],
  // name: of the option; rule: what it must be; given: what it was; hint: when there is better advice; isInType: whether
  // it has the type, but is none of its values.
  ERR_LEAKLINE_OPTION: (name, rule, given, hint = 'Leave it out for its default.', isInType = false) => [
    `${name} must be ${rule}, got ${show(given)}.`,
    hint,
    isInType ? RangeError : TypeError,
  ],
  // attempts: { what, why } each; hint: depends on the platform.
  ERR_LEAKLINE_ADDON: (attempts, hint) => [
    `leakline has no native addon to load for ${process.platform}-${process.arch}. Tried:`
      + attempts.map(({ what, why }) => `\n  ${what}\n    ${why}`).join(''),
    hint,
  ],
  ERR_LEAKLINE_CHECKING: () => [
    'check() measures one function at a time, and another check is still running.',
    'Await the first before the second; its function may be one that never settles.',
  ],
  ERR_LEAKLINE_CHECK_ENDED: () => [
    'check() ends with the test that began it, and that test is over.',
    'Give the test more time than its check takes, or lower warmup, rounds and iterations; await the check.',
  ],
  // timeout: in ms; calls, all: how far it came.
  ERR_LEAKLINE_TIMEOUT: (timeout, calls, all) => [
    `check() must end within ${timeout} ms, and ${calls} of ${all} calls had begun by then.`,
    'Raise its timeout, or lower rounds and iterations; if the last call did not end, its promise never settles.',
  ],
  // reason: what was heard instead of an answer.
  ERR_LEAKLINE_COLLECTOR: (reason) => [
    `leakline's collector must run to be asked, and it does not: ${reason}.`,
    'What was recorded is lost. Call stop() and start(); please report this with the output before it.',
  ],
  // file: to be read; problem: why it cannot be.
  ERR_LEAKLINE_FILE: (file, problem) => [`Cannot read ${file}: ${problem}.`, 'Check the path; it is taken from the folder that the command runs in.'],
  // source: a file, or the name of an argument; reason: what is wrong with it.
  ERR_LEAKLINE_SNAPSHOT: (source, reason) => [
    `${source} must be a snapshot, a diff or a check result of leakline: ${reason}.`,
    'Write one with LEAKLINE_REPORT=FILE.json, or with JSON.stringify(snapshot()).',
    TypeError,
  ],
  // file: that was named; reason: why it is not read; hint: what to do.
  ERR_LEAKLINE_FLIGHT: (file, reason, hint) => [`${file} must be a flight file that can be read: ${reason}.`, hint],
  // pid: that was named; reason: why nothing can be done with it; hint: what to do.
  ERR_LEAKLINE_PROCESS: (pid, reason, hint) => [`process ${pid}: ${reason}.`, hint],
  // source: a file or folder; reason: what is wrong with it; hint: what to do.
  ERR_LEAKLINE_CASE: (source, reason, hint) => [`${source}: ${reason}.`, hint],
  // problem: why OpenTelemetry's API is not there.
  ERR_LEAKLINE_OTEL: (problem) => [
    `leakline/otel needs @opentelemetry/api: ${problem}.`,
    'Install it with your SDK in the application (npm install @opentelemetry/api), or pass it: registerOtel({ api }).',
  ],
  // problem: why a test proves nothing; hint: what to do; lines: of what it printed, { why } each.
  ERR_LEAKLINE_PROOF: (problem, hint, lines = []) => [
    lines.length === 0 ? `${problem}.` : `${problem}:${lines.map(({ why }) => `\n    ${why}`).join('')}`,
    hint,
  ],
  ERR_LEAKLINE_NOT_WATCHED: () => [
    'setLeakLevel() sets what a leak does to a watched test, and no test is watched here.',
    "Name leakline in the test runner's configuration, such as 'leakline/jest/setup' in setupFilesAfterEnv, or run node with --import leakline/node-test.",
  ],
  // file: that is wrong; problem: the entry, its rule and what was given; hint: what to do.
  ERR_LEAKLINE_CONFIG: (file, problem, hint) => [`${file}: ${problem}.`, hint],
  // As above, of the baseline.
  ERR_LEAKLINE_BASELINE: (file, problem, hint) => [`${file}: ${problem}.`, hint],
  // module: that was loaded; place: in the runner's configuration.
  ERR_LEAKLINE_RUNNER: (module, place) => [
    `${module} must be loaded where the test runner's hooks are, such as beforeEach(), and there are none here.`,
    `Name it in ${place} of the runner's configuration.`,
  ],
  // file: that is refused; problem: what is wrong with it.
  ERR_LEAKLINE_HEAP_FILE: (file, problem) => [
    `${file} must be a whole heap snapshot of V8: ${problem}.`,
    'Write one with v8.writeHeapSnapshot() or --heapsnapshot-signal, and wait until it is whole; it takes several times the heap in memory.',
  ],
  // of: what was asked for; problem: why there is none.
  ERR_LEAKLINE_HEAP_OF: (of, problem) => [
    `of must name a class, an object as @ID or a line as FILE:LINE, got ${show(of)}: ${problem}.`,
    'Leave it out to see the classes and numbers that are there.',
  ],
  // heap, memory: such as 340 MB; pause: such as 20 to 37 s.
  ERR_LEAKLINE_PAUSE: (heap, pause, memory) => [
    `retainers() must be allowed to stop this thread: V8's snapshot of its heap of ${heap} takes ${pause} and ${memory} of memory, and nothing else runs meanwhile.`,
    'Call retainers({ pause: true }), or run leakline retainers PID --pause.',
  ],
  // heap, memory, free: such as 340 MB.
  ERR_LEAKLINE_MEMORY: (heap, memory, free) => [
    `retainers() takes some ${memory} of memory for a heap of ${heap}, and this process can have ${free} more.`,
    'Give it more memory, or look where there is more, such as in staging.',
  ],
  // problem: why there is no answer; hint: what to do.
  ERR_LEAKLINE_RETAINERS: (problem, hint) => [`the heap could not be looked at: ${problem}.`, hint],
  // given: what it is, in words; problem: what is wrong with it.
  ERR_LEAKLINE_POOL: (given, problem) => [
    `watchPool() takes a pool of a package that it knows, got ${given}: ${problem}.`,
    'For any other, call track() with what it hands out when it does so, and release() when it is returned.',
    TypeError,
  ],
  // problem: one sentence; command: whose help to read.
  ERR_LEAKLINE_USAGE: (problem, command = '') => [
    problem,
    `Run 'leakline ${command ? `${command} ` : ''}--help' for what it takes.`,
  ],
};

/** On every error of leakline, whichever copy of it threw: `error[Symbol.for('leakline.error')] === true`. */
const MARK = Symbol.for('leakline.error');

/**
 * `message` is both sentences; `hint` is the second alone, for whoever prints them apart, and `args` are what they were
 * made of, for a caller that adds what it knows, such as a file's name.
 * @template {ErrorConstructor} Base
 * @param {Base} Base
 */
const classOf = (Base) => class LeaklineError extends Base {
  constructor(code, args, what, hint) {
    super(what.includes('\n') ? `${what}\n${hint}` : `${what} ${hint}`);
    this.code = code;
    // Not enumerable: the message has them already, and Node prints enumerable fields below the stack.
    Object.defineProperties(this, { hint: { value: hint }, args: { value: args } });
  }

  // On the prototype, where Error keeps its own, so that it is not listed with the fields.
  get name() {
    return 'LeaklineError';
  }

  get [MARK]() {
    return true;
  }
};

const classes = new Map([Error, TypeError, RangeError].map((Base) => [Base, classOf(Base)]));

/**
 * @param {keyof typeof table} code
 * @param {...any} args as the entry of the table takes them
 * @returns {import('../index.js').LeaklineError} to be thrown
 */
function error(code, ...args) {
  const [what, hint, Base = Error] = table[code](...args.map(cleaned));
  const made = new (classes.get(Base))(code, args, what, hint);
  // The stack begins where the rule was broken, not here.
  Error.captureStackTrace(made, error);
  return made;
}

/** Whether a value is an error of leakline, of this copy or another. */
function isLeaklineError(value) {
  return value?.[MARK] === true;
}

/** Names of files and what is in them are anybody's. Lines of ours are made by the table. */
function cleaned(value) {
  if (typeof value === 'string') return clean(value);
  return Array.isArray(value) && value.every((each) => typeof each?.why === 'string')
    ? value.map(({ what, why }) => ({ what: clean(what), why: clean(why) }))
    : value;
}

// One short line: what was given may be a whole snapshot.
function show(value) {
  const text = inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 8, maxStringLength: 80 });
  return clean(text.length > 160 ? `${text.slice(0, 160)}…` : text);
}

module.exports = { error, isLeaklineError };
