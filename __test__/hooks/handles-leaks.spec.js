'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { createHook } = require('node:async_hooks');
const { Blob } = require('node:buffer');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const { PerformanceObserver, performance } = require('node:perf_hooks');
const { devNull } = require('node:os');
const { after, before, describe, it } = require('node:test');
const { Worker } = require('node:worker_threads');

const { leakline, leaksOf, lineOf } = require('../support/recording');

const KINDS = { kinds: ['handle'], iterations: 2, rounds: 3, warmup: 1 };
const folder = __dirname;
/** How to close each that a test leaves open. */
const left = [];
const leave = (handle, close) => {
  left.push(() => close(handle));
  return handle;
};
const destroy = (handle) => handle.destroy();
const close = (handle) => handle.close();
let server;

// Each opens one and forgets it, on the line marked with its label.
const openers = {
  'fd': () => leave(fs.openSync(__filename), fs.closeSync), // here: fd
  'fd (by callback)': () => new Promise((resolve) => {
    fs.open(__filename, (error, fd) => resolve(leave(fd, fs.closeSync))); // here: fd (by callback)
  }),
  'FileHandle': async () => {
    leave(await fs.promises.open(__filename), close); // here: FileHandle
  },
  'ReadStream': async () => {
    const stream = fs.createReadStream(__filename); // here: ReadStream
    await once(leave(stream, destroy), 'open');
  },
  'WriteStream': async () => {
    const stream = fs.createWriteStream(devNull); // here: WriteStream
    await once(leave(stream, destroy), 'open');
  },
  'Dir': () => leave(fs.opendirSync(folder), (dir) => dir.closeSync()), // here: Dir
  'Dir (by callback)': () => new Promise((resolve) => {
    fs.opendir(folder, (error, dir) => resolve(leave(dir, close))); // here: Dir (by callback)
  }),
  'Dir (by promise)': async () => {
    leave(await fs.promises.opendir(folder), close); // here: Dir (by promise)
  },
  'FSWatcher': () => leave(fs.watch(folder), close).unref(), // here: FSWatcher
  'FSWatcher (recursive)': () => leave(fs.watch(folder, { recursive: true, persistent: false }), close), // here: FSWatcher (recursive)
  'StatWatcher': () => {
    const name = `${__filename}.${left.length}`;
    leave(name, () => fs.unwatchFile(name));
    fs.watchFile(name, { persistent: false }, () => {}); // here: StatWatcher
  },
  'Socket': async () => {
    const socket = net.connect(server.address().port, '127.0.0.1'); // here: Socket
    await once(leave(socket, destroy), 'connect');
  },
  'Socket (connected later)': async () => {
    const socket = new net.Socket();
    socket.connect(server.address().port, '127.0.0.1'); // here: Socket (connected later)
    await once(leave(socket, destroy), 'connect');
  },
  'dgram.Socket': () => leave(dgram.createSocket('udp4').unref(), close), // here: dgram.Socket
  'Server': async () => {
    const made = http.createServer();
    made.listen(0, '127.0.0.1'); // here: Server
    await once(leave(made, close), 'listening');
  },
  'ChildProcess': () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }); // here: ChildProcess
    leave(child, () => child.kill('SIGKILL'));
  },
  'Worker': () => {
    const worker = new Worker('setInterval(() => {}, 1000)', { eval: true }); // here: Worker
    leave(worker, () => worker.terminate());
  },
  'AsyncHook': () => {
    const hook = createHook({}).enable(); // here: AsyncHook
    leave(hook, () => hook.disable());
  },
  'object URL': () => {
    const url = URL.createObjectURL(new Blob(['a'])); // here: object URL
    leave(url, () => URL.revokeObjectURL(url));
  },
  'performance mark': () => {
    performance.mark('began'); // here: performance mark
    leave(performance, () => performance.clearMarks('began'));
  },
  'performance measure': () => {
    performance.measure('took', { start: 0, end: 1 }); // here: performance measure
    leave(performance, () => performance.clearMeasures());
  },
  'PerformanceObserver': () => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({ entryTypes: ['function'] }); // here: PerformanceObserver
    leave(observer, () => observer.disconnect());
  },
  'MessageChannel': () => {
    const { port1 } = new MessageChannel(); // here: MessageChannel
    leave(port1, close);
  },
};

async function closeLeft() {
  for (const end of left.splice(0)) await end();
}

describe('check', () => {
  before(async () => {
    server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  it('names the line of each kind of handle that is opened and forgotten', async () => {
    const found = await leaksOf(async () => {
      for (const open of Object.values(openers)) await open();
    }, KINDS);
    await closeLeft();
    const wanted = Object.keys(openers).map((name) => ({
      kind: 'handle', label: name.replace(/ \(.*/, ''), line: lineOf(__filename, name), growth: 'instances', perIteration: 1,
    }));
    const byLine = (leaks) => leaks.toSorted((a, b) => a.line - b.line);
    assert.deepEqual(byLine(found), byLine(wanted));
  });

  it('names a stream that is garbage and was never closed: its file stays open', async () => {
    const found = await leaksOf(async () => {
      await once(fs.createReadStream(__filename), 'open'); // here: forgotten stream
    }, KINDS);
    assert.deepEqual(found.map(({ label, line }) => [label, line]), [['ReadStream', lineOf(__filename, 'forgotten stream')]]);
  });

  // Node 25 and later throw instead, which ends the process.
  it('names a FileHandle that only the garbage collector closes', { skip: Number(process.versions.node.split('.')[0]) >= 25 }, async () => {
    const found = await leaksOf(async () => {
      await fs.promises.open(__filename); // here: forgotten FileHandle
    }, KINDS);
    const wanted = ['FileHandle', lineOf(__filename, 'forgotten FileHandle'), 1];
    assert.deepEqual(found.map(({ label, line, perIteration }) => [label, line, perIteration]), [wanted]);
  });

  it('is silent where a FileHandle is closed while it is read, and is garbage then', async () => {
    const result = await leakline.check(async () => {
      const file = await fs.promises.open(__filename);
      file.createReadStream();
      await file.close();
    }, KINDS);
    assert.equal(result.leaked, false, result.message);
  });

  it('is silent where all is closed', async () => {
    const result = await leakline.check(async () => {
      for (const open of Object.values(openers)) await open();
      await closeLeft();
    }, KINDS);
    assert.equal(result.leaked, false, result.message);
    assert.ok(result.watched.registrations > 50, 'and it was looking');
  });
});
