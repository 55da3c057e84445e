'use strict';

// What an application leaks through a package: its line is found below many frames of the package's, and where the package registers
// later, or keeps what it was given in a table of its own, that is the application's leak all the same.

const assert = require('node:assert/strict');
const { EventEmitter } = require('node:events');
const { afterEach, describe, it } = require('node:test');

const { leakline, lineOf } = require('./support/recording');
const { installed } = require('./support/small-packages');

const here = (mark) => lineOf(__filename, mark);
const counted = { warmup: 3, rounds: 3, iterations: 4 };
const flat = ({ message }) => message.replace(/\s+/g, ' ');
const causes = ({ leaks }) => leaks.filter(({ role }) => role === 'cause');

const packages = {
  // As operators of a stream do, each function calls the next one.
  deep: `exports.subscribe = (subject, depth, fn) => {
  if (depth > 0) return exports.subscribe(subject, depth - 1, fn);
  subject.observers?.push(fn);
  subject.on?.('value', fn);
};
exports.Subject = class Subject { constructor() { this.observers = []; } };`,
  // As a cache of templates or of a memoized function: an object without a prototype, held by a closure.
  memo: `exports.memoize = (fn) => {
  const data = { values: Object.create(null) };
  return (key) => (data.values[key] ??= fn(key));
};`,
};

afterEach(() => leakline.stop());

describe('a registration below many frames of a package', () => {
  const { deep } = installed(packages);

  it('is of the line of the application that leads there, each line by itself', () => {
    leakline.start({ mode: 'full' });
    const emitter = new EventEmitter().setMaxListeners(0);
    for (let i = 0; i < 30; i++) {
      deep.subscribe(emitter, 25, () => {}); // here: one
      deep.subscribe(emitter, 25, () => {}); // here: other
    }
    const sites = leakline.snapshot().sites.filter(({ kind, origin }) => kind === 'listener' && origin?.file === __filename);
    assert.deepEqual(sites.map(({ origin, live }) => [origin.line, live]).sort(), [[here('one'), 30], [here('other'), 30]]);
    assert.ok(sites.every(({ stack }) => stack.length > 25 && stack.length < 40), `${sites.map(({ stack }) => stack.length)}`);
  });

  it('keeps its innermost frames where no line of the application is near', () => {
    leakline.start({ mode: 'full' });
    const emitter = new EventEmitter().setMaxListeners(0);
    for (let i = 0; i < 5; i++) deep.subscribe(emitter, 90, () => {});
    const lengths = leakline.snapshot().sites.filter(({ label }) => /'value'/.test(label)).map(({ stack }) => stack.length);
    assert.deepEqual(lengths, [16]);
  });

  it("fails a check, though the list is the package's", async () => {
    const subject = new deep.Subject();
    const result = await leakline.check(() => {
      deep.subscribe(subject, 20, () => {}); // here: subscribed
    }, counted);
    const [{ topInserter, label }] = causes(result);
    assert.ok(result.leaked, result.message);
    assert.equal(label, 'Array Subject.observers');
    assert.equal(topInserter.stack.find(({ file }) => file === __filename)?.line, here('subscribed'));
    assert.match(flat(result), /fix call the counterpart of this call into deep 1\.2\.3/);
  });
});

describe('what is kept in a table of a package', () => {
  const { memo } = installed(packages);
  let n = 0;

  it('is found though nobody fills it in the sight of leakline, and fails the check', async () => {
    const title = memo.memoize((key) => ({ key, text: Buffer.alloc(300, key).toString('latin1') }));
    const result = await leakline.check(() => title(`key ${n++}`), counted);
    assert.ok(result.leaked, result.message);
    assert.match(causes(result)[0].heldBy, / › data: Object › values/);
  });

  it('is named where only a part of what it keeps is seen, which is no cause', async () => {
    const title = memo.memoize((key) => ({ key, words: key.split(' ') }));
    const result = await leakline.check(() => title(`key ${n++}`), counted);
    const [cause, ...others] = causes(result);
    assert.deepEqual([result.leaked, others.length], [true, 0], result.message);
    assert.match(cause.heldBy, / › data: Object › values/, result.message);
    assert.match(flat(result), /grew as well, .*: Array Object\.words/);
    assert.doesNotMatch(flat(result), /nothing that leakline watches/);
  });
});
