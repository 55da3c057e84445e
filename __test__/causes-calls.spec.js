'use strict';

// What one call of the application adds in several places is one cause; a pool that leakline does not know is named by who asks it.

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { PassThrough } = require('node:stream');
const { afterEach, describe, it } = require('node:test');

const { leakline, lineOf } = require('./support/recording');
const { installed } = require('./support/small-packages');

const here = (mark) => lineOf(__filename, mark);
const counted = { warmup: 4, rounds: 2, iterations: 3 };
const quick = { ...counted, census: false };
const causes = ({ leaks }) => leaks.filter(({ role, keptBy }) => role === 'cause' && keptBy === undefined);
/** The report in one line, so that it may be wrapped anywhere. */
const flat = ({ message }) => message.replace(/\s+/g, ' ');

afterEach(() => leakline.stop());

/** Small packages, version 1.2.3 each, by name. */
const packages = {
  // A listener at two lines, and an entry in a list.
  logs: `const used = [];
exports.add = (logger, transport) => {
  logger.on('data', () => {});
  transport.on('error', () => {});
  used.push({});
};`,
  // Its lists are filled when the factory's promise is settled.
  cars: `exports.Pool = class Pool {
  constructor(create) { this.create = create; this.used = []; this.idle = []; }
  acquire() { return this.make(); }
  make() {
    return new Promise((resolve) => {
      this.create().then((car) => process.nextTick(() => { this.used.push({ car }); resolve(car); }));
    });
  }
};`,
};

describe('a call of the application', () => {
  const loaded = installed(packages);

  it('into a package is one cause, with all that it adds', async () => {
    class Logger extends EventEmitter {}
    class Transport extends EventEmitter {}
    const [logger, transport] = [new Logger().setMaxListeners(0), new Transport().setMaxListeners(0)];
    leakline.start({ mode: 'full' });
    const result = await leakline.check(() => loaded.logs.add(logger, transport), counted);
    const [cause, ...others] = causes(result);
    assert.deepEqual(others, [], result.message);
    const added = result.leaks.filter(({ sameCall }) => sameCall === cause.fingerprint);
    assert.equal(added.length, 2, result.message);
    assert.ok(added.every(({ role }) => role === 'consequence'));
    assert.match(flat(result), /with (?:listener|Array)[^;]+; (?:listener|Array)[^;]+: the same call adds them/);
  });

  it('to pipe() is one cause, on both streams, which names the events', async () => {
    const [source, target] = [new PassThrough().setMaxListeners(0), new (class Target extends PassThrough {})().setMaxListeners(0)];
    leakline.start({ mode: 'full' });
    const result = await leakline.check(() => {
      source.pipe(target, { end: false }); // here: pipe
    }, quick);
    assert.deepEqual(causes(result).map(({ origin }) => origin.line), [here('pipe')], result.message);
    assert.match(flat(result), /1 leak in the application/);
    assert.match(flat(result), /with listener '[^:]+' on (?:PassThrough|Target): the same call adds it/);
    assert.match(flat(result), /fix call source\.unpipe\(\)/);
  });

  it('to events.once() is one cause, which names both events', async () => {
    const bus = new EventEmitter().setMaxListeners(0);
    leakline.start({ mode: 'full' });
    const result = await leakline.check(() => {
      once(bus, 'done').catch(() => {}); // here: once
    }, quick);
    const [{ label, perIteration, origin }, ...others] = causes(result);
    assert.deepEqual(others, [], result.message);
    assert.deepEqual([[...label.matchAll(/'(\w+)'/g)].map(([, event]) => event).sort(), perIteration, origin.line], [['done', 'error'], 2, here('once')]);
  });

  it('that adds to owners of two classes itself is listed twice', async () => {
    class Other extends EventEmitter {}
    const all = [new EventEmitter().setMaxListeners(0), new Other().setMaxListeners(0)];
    leakline.start({ mode: 'full' });
    const result = await leakline.check(() => {
      for (const each of all) each.on('x', () => {});
    }, quick);
    assert.equal(causes(result).length, 2, result.message);
  });

  it('that asks an unknown pool, and never returns what it got, is named', async () => {
    class Car extends EventEmitter {}
    const pool = new loaded.cars.Pool(async () => new Car().on('error', () => {}));
    leakline.start({ mode: 'full' });
    const result = await leakline.check(async () => {
      await pool.acquire(); // here: asks
    }, counted);
    const [cause, ...others] = causes(result);
    assert.deepEqual(others, [], result.message);
    assert.deepEqual([cause.kind, cause.origin.line], ['array', here('asks')], result.message);
    assert.match(flat(result), /fix call the counterpart of this call into cars 1\.2\.3 \(release, destroy or the like\)/);
  });
});
