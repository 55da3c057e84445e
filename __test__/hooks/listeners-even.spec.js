'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { EventEmitter, once } = require('node:events');
const { afterEach, describe, it } = require('node:test');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');

const { leakline, lineOf } = require('../support/recording');

/** More pairs than it takes. */
const PAIRS = 200;
const noop = () => {};
const run = promisify(execFile);
const line = (mark) => lineOf(__filename, mark);

function churn(emitter, event = 'data', listener = noop) {
  for (let i = 0; i < PAIRS; i++) {
    emitter.on(event, listener);
    emitter.off(event, listener);
  }
}

const listeners = () => leakline.snapshot().totals.listener;
/** What is live by the lines that registered it. */
function liveAt(...marks) {
  const { sites } = leakline.snapshot();
  return marks.map((mark) => sites.filter(({ stack }) => stack[0].line === line(mark)).reduce((sum, { live }) => sum + live, 0));
}

for (const mode of ['adaptive', 'counts']) {
  describe(`in mode ${mode} an event with balanced listeners`, () => {
    afterEach(() => leakline.stop());

    it('costs no records any more, and is counted', () => {
      leakline.start({ mode, kinds: ['listener'] });
      const emitter = new EventEmitter();
      churn(emitter);
      const { overhead: before } = leakline.snapshot();
      churn(emitter);
      const { overhead, totals } = leakline.snapshot();
      assert.deepEqual(totals.listener, { registered: 2 * PAIRS, released: 2 * PAIRS, collected: 0, live: 0 });
      assert.ok(overhead.events - before.events < 10, `${overhead.events - before.events} records`);
    });

    it('is exact whenever somebody looks', () => {
      leakline.start({ mode, kinds: ['listener'] });
      const emitter = new EventEmitter();
      const other = () => {};
      emitter.on('data', other);
      churn(emitter);
      emitter.on('data', noop);
      assert.deepEqual(listeners(), { registered: PAIRS + 2, released: PAIRS, collected: 0, live: 2 });
      emitter.off('data', noop);
      assert.deepEqual(listeners(), { registered: PAIRS + 2, released: PAIRS + 1, collected: 0, live: 1 });
      emitter.on('data', noop);
      emitter.off('data', other);
      assert.deepEqual(listeners(), { registered: PAIRS + 3, released: PAIRS + 2, collected: 0, live: 1 });
      emitter.prependListener('data', other);
      emitter.removeAllListeners('data');
      assert.deepEqual(listeners(), { registered: PAIRS + 4, released: PAIRS + 4, collected: 0, live: 0 });
    });

    it('is exact with more events than are searched', () => {
      leakline.start({ mode, kinds: ['listener'] });
      const emitter = new EventEmitter();
      const events = Array.from({ length: 12 }, (_, i) => `event ${i}`);
      for (const event of events) churn(emitter, event);
      for (const event of events) emitter.on(event, noop);
      assert.equal(listeners().live, events.length);
      for (const event of events.slice(5)) emitter.off(event, noop);
      const { registered, live } = listeners();
      assert.deepEqual({ registered, live }, { registered: events.length * (PAIRS + 1), live: 5 });
    });

    it('dies with its emitter', async () => {
      // In a process of its own: the test runner's streams get listeners while it waits.
      const { stdout } = await run(process.execPath, ['--expose-gc', require.resolve('../fixtures/balanced-dies'), mode]);
      const { seen, unseen, young } = JSON.parse(stdout);
      assert.deepEqual({ seen, unseen, young }, { seen: 20, unseen: 0, young: 40 });
    });
  });
}

describe('an event with balanced listeners', () => {
  afterEach(() => leakline.stop());

  it('names the line as soon as there are more than ever', () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter().setMaxListeners(0);
    churn(emitter);
    for (let i = 0; i < 50; i++) emitter.on('data', () => {}); // here: leak
    // All but the first are more than ever there were.
    assert.deepEqual(liveAt('leak'), [49]);
    assert.equal(listeners().live, 50);
  });

  for (const [how, look] of [['', () => {}], [', however often somebody looks', () => leakline.snapshot()]]) {
    it(`names the line of a leak where there were many once${how}`, () => {
      leakline.start({ mode: 'adaptive', kinds: ['listener'] });
      const emitter = new EventEmitter().setMaxListeners(0);
      for (let i = 0; i < 1_000; i++) emitter.on('data', noop);
      for (let i = 0; i < 1_000; i++) emitter.off('data', noop);
      for (let i = 0; i < 100; i++) {
        emitter.on('data', () => {}); // here: after many
        look();
      }
      assert.deepEqual(liveAt('after many'), [99]);
      assert.equal(listeners().live, 100);
    });
  }

  it('is judged by what stays, not by what a look happens to find', () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter();
    for (let i = 0; i < 50; i++) {
      churn(emitter);
      emitter.on('data', noop);
      leakline.snapshot();
      emitter.off('data', noop);
    }
    const { overhead: before } = leakline.snapshot();
    churn(emitter);
    const { overhead } = leakline.snapshot();
    assert.ok(overhead.events - before.events < PAIRS, `${overhead.events - before.events} records`);
    assert.deepEqual(listeners(), { registered: 51 * PAIRS + 50, released: 51 * PAIRS + 50, collected: 0, live: 0 });
  });

  it('does no harm where somebody breaks its emitter', async () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter();
    churn(emitter);
    Object.defineProperty(emitter, '_events', { get: () => assert.fail('not to be asked') });
    const { notes } = leakline.snapshot();
    assert.deepEqual(notes.filter((note) => note.includes('could not be counted')).length, 1);
    const { leaked } = await leakline.check(() => {}, { iterations: 2, rounds: 2 });
    assert.equal(leaked, false);
  });

  it('is looked at again where its emitter was broken for a while', () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter();
    churn(emitter);
    emitter.on('data', noop);
    const listening = Object.getOwnPropertyDescriptor(emitter, '_events');
    Object.defineProperty(emitter, '_events', { configurable: true, get: () => assert.fail('not to be asked') });
    assert.equal(listeners().live, 0);
    Object.defineProperty(emitter, '_events', listening);
    assert.equal(listeners().live, 1);
  });

  it('is counted once where one patched method calls another', async () => {
    const { stdout } = await run(process.execPath, [require.resolve('../fixtures/balanced-twice')]);
    assert.deepEqual(JSON.parse(stdout), { registered: 1_001, released: 1_000, collected: 0, live: 1 });
  });

  it('is counted in a worker that nobody asks', async () => {
    leakline.start({ mode: 'counts', kinds: ['listener'] });
    const worker = new Worker(require.resolve('../fixtures/balanced-worker'));
    await once(worker, 'message');
    const { registered, released } = listeners();
    assert.ok(registered > 10_000 && released >= 10_000, `${registered} registered, ${released} released`);
    await worker.terminate();
  });

  it('names the line of a leak that is slow beside what comes and goes', () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'], budget: 0.5 });
    const emitter = new EventEmitter().setMaxListeners(0);
    for (let i = 0; i < 40; i++) {
      churn(emitter);
      emitter.on('data', () => {}); // here: slow
    }
    const [live] = liveAt('slow');
    // An estimate: some stand for several.
    assert.ok(live > 20 && live < 80, `${live} of 40`);
    assert.equal(listeners().live, 40);
  });

  it('knows the lines of those that were there before', () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter();
    const [first, second] = [() => {}, () => {}];
    emitter.on('data', first); // here: first
    emitter.on('data', second); // here: second
    churn(emitter);
    emitter.on('data', noop);
    assert.deepEqual(liveAt('first', 'second'), [1, 1]);
    emitter.off('data', first);
    assert.deepEqual(liveAt('first', 'second'), [0, 1]);
    emitter.on('data', noop);
    emitter.off('data', second);
    assert.deepEqual(liveAt('first', 'second'), [0, 0]);
    assert.equal(listeners().live, 2);
  });

  it('is recorded all in a check', async () => {
    leakline.start({ mode: 'adaptive', kinds: ['listener'] });
    const emitter = new EventEmitter().setMaxListeners(0);
    churn(emitter);
    emitter.on('data', noop);
    churn(emitter);
    const keep = [];
    const { leaks } = await leakline.check(() => {
      const listener = () => {};
      emitter.on('data', listener); // here: in a check
      emitter.off('data', noop);
      keep.push(listener);
    }, { iterations: 10, rounds: 3 });
    assert.deepEqual(leaks.map(({ stack }) => stack[0].line), [line('in a check')]);
  });

  it('is recorded all in full mode', () => {
    leakline.start({ mode: 'full', kinds: ['listener'] });
    const emitter = new EventEmitter();
    churn(emitter);
    const { overhead } = leakline.snapshot();
    assert.ok(overhead.events >= 2 * PAIRS, `${overhead.events} records`);
  });
});
