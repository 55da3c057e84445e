'use strict';

const assert = require('node:assert/strict');
const { createHook } = require('node:async_hooks');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { PerformanceObserver, performance } = require('node:perf_hooks');
const { after, before, describe, it } = require('node:test');
const { promisify } = require('node:util');
const workerThreads = require('node:worker_threads');

const { leakline, recording } = require('../support/recording');
const { shapeOf } = require('../support/reflection');

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const folder = __dirname;
const missing = `${__filename}.missing`;
const watcher = fs.watch(folder);
const statWatcher = fs.watchFile(missing, () => {});
const stream = fs.createReadStream(__filename).resume();
watcher.close();
fs.unwatchFile(missing);

/** Every place that is patched: `[name, holder, key]`. */
const places = [
  ...['open', 'openSync', 'close', 'closeSync', 'opendir', 'opendirSync', 'createReadStream', 'createWriteStream', 'watch', 'watchFile']
    .map((key) => [`fs.${key}`, fs, key]),
  ...['open', 'opendir'].map((key) => [`fs.promises.${key}`, fs.promises, key]),
  ...['close', 'closeSync'].map((key) => [`Dir.prototype.${key}`, fs.Dir.prototype, key]),
  ['FSWatcher.prototype.close', getPrototypeOf(watcher), 'close'],
  ['StatWatcher.prototype.stop', getPrototypeOf(statWatcher), 'stop'],
  ['ReadStream.prototype._construct', getPrototypeOf(stream), '_construct'],
  ['dgram.Socket.prototype.close', dgram.Socket.prototype, 'close'],
  ['AsyncHook.prototype.enable', getPrototypeOf(createHook({})), 'enable'],
  ['AsyncHook.prototype.disable', getPrototypeOf(createHook({})), 'disable'],
  ...['mark', 'measure', 'clearMarks', 'clearMeasures'].map((key) => [`Performance.prototype.${key}`, getPrototypeOf(performance), key]),
  ...['observe', 'disconnect'].map((key) => [`PerformanceObserver.prototype.${key}`, PerformanceObserver.prototype, key]),
  ['URL.createObjectURL', URL, 'createObjectURL'],
  ['URL.revokeObjectURL', URL, 'revokeObjectURL'],
  ['globalThis.MessageChannel', globalThis, 'MessageChannel'],
  ['worker_threads.MessageChannel', workerThreads, 'MessageChannel'],
  ['MessageChannel.prototype.constructor', MessageChannel.prototype, 'constructor'],
];
// What Node makes when it is first read has been made.
for (const [, holder, key] of places) void holder[key];
const descriptors = () => new Map(places.map(([name, holder, key]) => [name, getOwnPropertyDescriptor(holder, key)]));
const originals = descriptors();

/** What makes Node's classes known to leakline: they are patched when the first is made. */
async function useAll() {
  fs.watch(folder).close();
  fs.watchFile(missing, () => {});
  fs.unwatchFile(missing);
  dgram.createSocket('udp4').close();
  await once(fs.createReadStream(__filename).resume(), 'close');
}

const failure = async (act) => {
  try {
    await act();
    return 'none';
  } catch ({ name, code, message, path, syscall }) {
    return { name, code, message, path, syscall };
  }
};
const shownOf = (object) => Reflect.ownKeys(object).map((key) => [String(key), typeof object[key]]);

// What each says is the same with leakline as without.
const scenarios = {
  'errors of what cannot be opened': () => Promise.all([
    () => fs.openSync(missing),
    () => fs.openSync(),
    () => fs.open(missing),
    () => fs.open(missing, 'r', 0, 'no function'),
    () => fs.opendirSync(missing),
    () => fs.opendir(missing),
    () => promisify(fs.open)(missing, 'r'),
    () => promisify(fs.opendir)(missing),
    () => fs.promises.open(missing),
    () => fs.promises.open(),
    () => fs.promises.opendir(missing),
    () => fs.watch(missing),
    () => fs.watchFile(missing),
    () => fs.createReadStream(),
    () => once(fs.createReadStream(missing), 'open'),
    () => fs.closeSync(9_999),
    () => fs.close('x'),
    () => MessageChannel(),
    () => net.connect(70_000),
    () => performance.mark(),
    () => performance.measure('a', 'no such mark'),
    () => performance.clearMarks(Symbol('a')),
    () => new PerformanceObserver(() => {}).observe({}),
  ].map(failure)),
  'this and arguments of callbacks': () => new Promise((resolve) => {
    fs.open(__filename, function (...args) {
      fs.closeSync(args[1]);
      const reported = [this, args.length, args[0], typeof args[1]];
      fs.open(missing, function (...others) {
        resolve([reported, this, others.length]);
      });
    });
  }),
  'a FileHandle': async () => {
    const file = await fs.promises.open(__filename);
    const { value, ...flags } = getOwnPropertyDescriptor(file, 'close');
    const shown = [shownOf(file), shapeOf(value), flags, file.listenerCount('close'), getPrototypeOf(file).constructor.name];
    await file.close();
    return [shown, shownOf(file), file.fd];
  },
  'a stream, a watcher, a socket, a server': async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const opened = [fs.createReadStream(__filename), fs.watch(folder), net.connect(server.address().port, '127.0.0.1'), dgram.createSocket('udp4'), server];
    await Promise.all([once(opened[0], 'ready'), once(opened[2], 'connect')]);
    const shown = opened.map((emitter) => [
      shownOf(emitter), emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]), emitter.constructor.name,
    ]);
    for (const emitter of opened) (emitter.destroy ?? emitter.close).call(emitter);
    return shown;
  },
  'a MessageChannel': () => {
    class Talk extends MessageChannel {
      twice = 2;
    }
    const made = [new MessageChannel(), new Talk(), Reflect.construct(MessageChannel, [], function Other() {})];
    const shown = made.map((channel) => [
      shownOf(channel), channel instanceof MessageChannel, channel instanceof Talk, channel.constructor?.name,
      getPrototypeOf(channel) === MessageChannel.prototype, String(channel.constructor === MessageChannel),
    ]);
    made.forEach(({ port1 }) => port1?.close());
    return [shown, String(MessageChannel).includes('[native code]'), globalThis.MessageChannel === workerThreads.MessageChannel];
  },
  'promises': async () => {
    const promise = fs.promises.open(__filename);
    const shown = [Object.getPrototypeOf(promise) === Promise.prototype, Reflect.ownKeys(promise)];
    await (await promise).close();
    return shown;
  },
};

describe('each patched function looks as the original does:', () => {
  before(async () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    await useAll();
  });
  after(() => leakline.stop());

  for (const [name] of places) {
    it(name, () => {
      const { value: original, ...flags } = originals.get(name);
      const { value: patched, ...patchedFlags } = descriptors().get(name);
      assert.notEqual(patched, original, 'it is patched');
      assert.deepEqual(shapeOf(patched), shapeOf(original));
      assert.deepEqual(patchedFlags, flags);
    });
  }
});

describe('the same with leakline as without:', () => {
  for (const [what, scenario] of Object.entries(scenarios)) {
    it(what, async () => {
      const without = await scenario();
      const { result, notes } = await recording(scenario, { kinds: ['handle'] });
      assert.deepEqual(result, without);
      assert.deepEqual(notes, []);
    });
  }

  it('a rejection that nobody handles is reported, once', async () => {
    const reported = [];
    const report = (reason) => reported.push(reason.code);
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', report);
    await recording(async () => {
      void fs.promises.open(missing);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }, { kinds: ['handle'] });
    process.removeListener('unhandledRejection', report);
    before.forEach((listener) => process.on('unhandledRejection', listener));
    assert.deepEqual(reported, ['ENOENT']);
  });
});

describe('after stop', () => {
  it('every function is the original', async () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    await useAll();
    leakline.stop();
    assert.deepEqual(descriptors(), originals);
  });

  it('MessageChannel is the original once it was called, where others have put ours back', () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    const ours = MessageChannel;
    leakline.stop();
    for (const holder of [globalThis, workerThreads]) holder.MessageChannel = ours;
    new MessageChannel().port1.close();
    assert.deepEqual(descriptors(), originals);
  });

  it('a FileHandle that is open has its own close again', async () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    const file = await fs.promises.open(__filename);
    const { close } = file;
    leakline.stop();
    assert.notEqual(file.close, close);
    await file.close();
    assert.equal(file.fd, -1);
  });

  it('a call that is under way ends as ever', async () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    const opening = [fs.promises.open(__filename), promisify(fs.open)(__filename, 'r')];
    const reading = once(fs.createReadStream(__filename).resume(), 'close');
    leakline.stop();
    const [file, fd] = await Promise.all(opening);
    await Promise.all([file.close(), promisify(fs.close)(fd), reading]);
  });
});
