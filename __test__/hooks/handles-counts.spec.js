'use strict';

const assert = require('node:assert/strict');
const { exec, fork, spawn } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { devNull } = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');
const { pipeline } = require('node:stream/promises');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');

const { gc } = require('../support/garbage');
const { later, leakline, recording, tally, turn } = require('../support/recording');

const folder = __dirname;
const kept = [];
const missing = path.join(folder, 'missing');
const KIND = { kinds: ['handle'] };
const { promises } = fs;

let server;
before(async () => {
  server = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => server.close());

const connected = async (socket = net.connect(server.address().port, '127.0.0.1')) => {
  await once(socket, 'connect');
  return socket;
};
const closed = async (emitter, end) => {
  const isClosed = once(emitter, 'close');
  end(emitter);
  await isClosed;
};

// What is done, and what is counted. What is pushed to `kept` lives until leakline has looked.
const cases = {
  'descriptors': {
    'openSync and closeSync': [() => fs.closeSync(fs.openSync(__filename)), '1 registered, 1 released'],
    'openSync and close': [() => promisify(fs.close)(fs.openSync(__filename)), '1 registered, 1 released'],
    'close without a callback': [() => fs.close(fs.openSync(__filename)), '1 registered, 1 released'],
    'promisify(open) and closeSync': [async () => fs.closeSync(await promisify(fs.open)(__filename, 'r')), '1 registered, 1 released'],
    'open with all arguments': [() => new Promise((resolve) => {
      fs.open(__filename, 'r', 0o666, (error, fd) => fs.close(fd, resolve));
    }), '1 registered, 1 released'],
    'one that is not there': [() => assert.throws(() => fs.openSync(missing)), 'nothing'],
    'one that is not there, by callback': [() => assert.rejects(promisify(fs.open)(missing, 'r')), 'nothing'],
    'close refused for its callback': [() => {
      const fd = fs.openSync(__filename);
      assert.throws(() => fs.close(fd, 'no function'));
      kept.push(() => fs.closeSync(fd));
    }, '1 registered, 1 live'],
    'closed twice': [() => {
      const fd = fs.openSync(__filename);
      fs.closeSync(fd);
      assert.throws(() => fs.closeSync(fd));
    }, '1 registered, 1 released'],
    'closed by a stream that reads it': [async () => {
      await closed(fs.createReadStream(null, { fd: fs.openSync(__filename) }), (stream) => stream.resume());
    }, '1 registered, 1 released'],
    'writeFile and readFile close theirs': [async () => {
      fs.writeFileSync(devNull, 'x');
      await promisify(fs.writeFile)(devNull, 'x');
      fs.readFileSync(__filename);
      await promisify(fs.readFile)(__filename);
      await promises.readFile(__filename);
    }, null],
  },
  'a FileHandle': {
    'close': [async () => (await promises.open(__filename)).close(), '1 registered, 1 released'],
    'await using': [async () => {
      const file = await promises.open(__filename);
      await file[Symbol.asyncDispose]();
    }, '1 registered, 1 released'],
    'closed while a stream reads it': [async () => {
      const file = await promises.open(__filename);
      file.createReadStream();
      await file.close();
    }, '1 registered, 1 released'],
    'createReadStream': [async () => {
      const file = await promises.open(__filename);
      await closed(file.createReadStream(), (stream) => stream.resume());
    }, '1 registered, 1 released'],
    'createReadStream destroyed': [async () => {
      const file = await promises.open(__filename);
      await closed(file.createReadStream(), (stream) => stream.destroy());
    }, '1 registered, 1 released'],
    'readLines': [async () => {
      const file = await promises.open(__filename);
      const isClosed = once(file, 'close'); // a read that is under way ends first
      for await (const line of file.readLines()) if (line.length > 20) break;
      await isClosed;
    }, '1 registered, 1 released'],
    'readFile leaves it open': [async () => {
      const file = await promises.open(__filename);
      await promises.readFile(file);
      kept.push(() => file.close());
    }, '1 registered, 1 live'],
    'one that is not there': [() => assert.rejects(promises.open(missing)), 'nothing'],
  },
  'a stream': {
    'read to its end': [async () => {
      for await (const chunk of fs.createReadStream(__filename)) void chunk;
    }, '1 registered, 1 released'],
    'left early': [async () => {
      const stream = fs.createReadStream(__filename, { highWaterMark: 10 });
      const isClosed = new Promise((resolve) => stream.once('close', resolve)); // a read that is under way ends first
      for await (const chunk of stream) if (chunk) break;
      await isClosed;
    }, '1 registered, 1 released'],
    'destroyed before it is open': [() => closed(fs.createReadStream(__filename), (stream) => stream.destroy()), '1 registered, 1 released'],
    'destroyed with an error': [async () => {
      const stream = fs.createReadStream(__filename);
      await once(stream, 'open');
      await assert.rejects(closed(stream, () => stream.destroy(new Error('stop'))));
    }, '1 registered, 1 released'],
    'of a file that is not there': [() => assert.rejects(once(fs.createReadStream(missing), 'open')), '1 registered, 1 released'],
    'pipeline': [() => pipeline(fs.createReadStream(__filename), fs.createWriteStream(devNull)), '2 registered, 2 released'],
    'written and ended': [() => closed(fs.createWriteStream(devNull), (stream) => stream.end('x')), '1 registered, 1 released'],
    'autoClose: false, read to its end': [async () => {
      const stream = fs.createReadStream(__filename, { autoClose: false });
      await once(stream.resume(), 'end');
      kept.push(() => closed(stream, () => stream.destroy()));
    }, '1 registered, 1 live'],
    'with functions of its own': [() => closed(fs.createReadStream(__filename, {
      fs: { ...fs, open: (name, flags, mode, done) => done(null, 0), read: (...args) => args.at(-1)(null, 0), close: (fd, done) => done(null) },
    }), (stream) => stream.resume()), 'nothing'],
  },
  'a directory': {
    'closeSync': [() => fs.opendirSync(folder).closeSync(), '1 registered, 1 released'],
    'close': [() => fs.opendirSync(folder).close(), '1 registered, 1 released'],
    'close by callback': [async () => {
      const dir = await promisify(fs.opendir)(folder);
      await new Promise((resolve) => dir.close(resolve));
    }, '1 registered, 1 released'],
    'for await to its end': [async () => {
      for await (const entry of await promises.opendir(folder)) void entry;
    }, '1 registered, 1 released'],
    'for await left early': [async () => {
      for await (const entry of await promises.opendir(folder)) if (entry) break;
    }, '1 registered, 1 released'],
    'one that is not there': [() => assert.rejects(promises.opendir(missing)), 'nothing'],
  },
  'a watcher': {
    'close': [() => closed(fs.watch(folder), (watcher) => watcher.close()), '1 registered, 1 released'],
    'signal': [async () => {
      const abort = new AbortController();
      await closed(fs.watch(folder, { signal: abort.signal }), () => abort.abort());
    }, '1 registered, 1 released'],
    'recursive': [() => closed(fs.watch(folder, { recursive: true }), (watcher) => watcher.close()), '1 registered, 1 released'],
    'unwatchFile': [() => {
      const listener = () => {};
      fs.watchFile(missing, listener);
      fs.watchFile(missing, () => {});
      fs.unwatchFile(missing, listener);
      fs.unwatchFile(missing);
    }, '1 registered, 1 released'],
    'one that others still want': [() => {
      const listener = () => {};
      kept.push(fs.watchFile(missing, listener));
      fs.watchFile(missing, () => {});
      fs.unwatchFile(missing, listener);
      kept.push(() => fs.unwatchFile(missing));
    }, '1 registered, 1 live'],
  },
  'a socket': {
    'destroyed': [async () => closed(await connected(), (socket) => socket.destroy()), '1 registered, 1 released'],
    'ended': [async () => closed((await connected()).resume(), (socket) => socket.end()), '1 registered, 1 released'],
    'refused': [() => assert.rejects(once(net.connect(1, '127.0.0.1'), 'connect')), '1 registered, 1 released'],
    'connected again': [async () => {
      const socket = await connected();
      await closed(socket, () => socket.destroy());
      leakline.snapshot();
      await connected(socket.connect(server.address().port, '127.0.0.1'));
      kept.push(socket, () => socket.destroy());
    }, '2 registered, 1 released, 1 live'],
    'that never connects': [() => kept.push(new net.Socket()), 'nothing'],
    'of datagrams': [() => closed(dgram.createSocket('udp4'), (socket) => socket.close()), '1 registered, 1 released'],
    'of datagrams, by signal': [async () => {
      const abort = new AbortController();
      await closed(dgram.createSocket({ type: 'udp4', signal: abort.signal }), () => abort.abort());
    }, '1 registered, 1 released'],
  },
  'a server': {
    'close': [async () => {
      const made = net.createServer().listen(0, '127.0.0.1');
      await once(made, 'listening');
      await closed(made, () => made.close());
      kept.push(made);
    }, '1 registered, 1 released'],
    'that never listens': [() => kept.push(net.createServer()), 'nothing'],
    'that cannot listen': [() => assert.rejects(once(net.createServer().listen(server.address().port, '127.0.0.1'), 'listening')), '1 registered, 1 released'],
    'that listens again': [async () => {
      const made = net.createServer().listen(0, '127.0.0.1');
      await once(made, 'listening');
      await closed(made, () => made.close());
      leakline.snapshot();
      await once(made.listen(0, '127.0.0.1'), 'listening');
      kept.push(made, () => made.close());
    }, '2 registered, 1 released, 1 live'],
  },
  'a child process': {
    'that ends': [() => closed(spawn(process.execPath, ['-v'], { stdio: 'ignore' }), () => {}), '1 registered, 1 released'],
    'that is killed': [() => closed(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }), (child) => child.kill()), '1 registered, 1 released'],
    'that is still there after it ended': [async () => {
      const child = spawn(process.execPath, ['-v'], { stdio: 'ignore' });
      await once(child, 'close');
      kept.push(child);
    }, '1 registered, 1 released'],
    'that cannot be started': [() => assert.rejects(once(spawn(missing), 'spawn')), '1 registered, 1 released'],
    'exec': [() => promisify(exec)('exit 0'), '1 registered, 1 released'],
    'fork': [() => closed(fork(path.join(folder, '..', 'fixtures', 'starts-only.js'), { silent: true }), (child) => child.kill()), '1 registered, 1 released'],
  },
  'a worker': {
    'that ends': [() => once(new Worker('', { eval: true }), 'exit'), '1 registered, 1 released'],
    'that is terminated': [async () => {
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
      await worker.terminate();
      kept.push(worker);
    }, '1 registered, 1 released'],
  },
  'a MessageChannel': {
    'closed at one end': [async () => {
      const channel = new MessageChannel();
      await closed(channel.port1, (port) => port.close());
      kept.push(channel);
    }, '1 registered, 1 released'],
    'that nobody closes': [() => {
      const { port1 } = new MessageChannel();
      kept.push(() => port1.close());
    }, '1 registered, 1 live'],
    'of a subclass': [async () => {
      const { port1 } = new (class Talk extends MessageChannel {})();
      await closed(port1, () => port1.close());
    }, '1 registered, 1 released'],
    'given to a worker that ends': [async () => {
      const { port1, port2 } = new MessageChannel();
      const script = 'require("worker_threads").workerData.port.close()';
      const worker = new Worker(script, { eval: true, workerData: { port: port2 }, transferList: [port2] });
      await Promise.all([once(worker, 'exit'), once(port1, 'close')]);
    }, '2 registered, 2 released'],
  },
};

for (const [what, ways] of Object.entries(cases)) {
  describe(`${what} is counted:`, () => {
    for (const [way, [act, expected]] of Object.entries(ways)) {
      it(way, async () => {
        const counted = await tally('handle', async () => {
          await act();
          await later();
        }, KIND);
        for (const each of kept.splice(0)) if (typeof each === 'function') await each();
        if (expected === null) assert.match(counted, /^(\d+) registered, \1 released$/);
        else assert.equal(counted, expected);
      });
    }
  });
}

describe('what is garbage and was not closed is collected:', () => {
  // Node 25 and later throw instead of warning.
  const warns = Number(process.versions.node.split('.')[0]) < 25;
  for (const [what, make] of [['a FileHandle', () => promises.open(__filename)], ['a Dir', () => promises.opendir(folder)]]) {
    it(what, { skip: !warns && 'Node throws where it was not closed' }, async () => {
      const counted = await tally('handle', async () => {
        await make();
        await turn();
        gc();
        await later();
      }, KIND);
      assert.equal(counted, '1 registered, 1 collected');
    });
  }
});

describe('a descriptor that another thread has closed is released', () => {
  const closeElsewhere = (fd) => once(new Worker('require("fs").closeSync(require("worker_threads").workerData)', {
    eval: true, workerData: fd, trackUnmanagedFds: false,
  }), 'exit');
  const descriptors = (sites) => sites.filter(({ label }) => label === 'fd').map(({ released, live }) => [released, live]);

  it('when somebody looks', async () => {
    const { sites } = await recording(() => closeElsewhere(fs.openSync(__filename)), KIND);
    assert.deepEqual(descriptors(sites), [[1, 0]]);
  });

  it('when its number is given out again', async () => {
    let fds;
    const { sites } = await recording(async () => {
      fds = [fs.openSync(__filename)];
      await closeElsewhere(fds[0]);
      fds.push(fs.openSync(__filename));
    }, KIND);
    fs.closeSync(fds[1]);
    assert.equal(fds[0], fds[1], 'it is given out again');
    assert.deepEqual(descriptors(sites).toSorted(), [[0, 1], [1, 0]]);
  });
});
