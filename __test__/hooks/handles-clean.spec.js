'use strict';

const assert = require('node:assert/strict');
const { execFile, fork } = require('node:child_process');
const dns = require('node:dns');
const { once } = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const http2 = require('node:http2');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');
const { after, before, describe, it } = require('node:test');
const { pipeline } = require('node:stream/promises');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');

const { leakline } = require('../support/recording');
const { temporaryFolder } = require('../support/run');

const folder = temporaryFolder();
const agent = new http.Agent({ keepAlive: true });
let server;
let url;

before(async () => {
  server = http.createServer((request, response) => {
    request.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}/`;
});
after(() => {
  agent.destroy();
  server.closeAllConnections();
  server.close();
});

function request(options) {
  return new Promise((resolve, reject) => {
    http.get(url, options, (response) => response.resume().once('end', resolve)).once('error', reject);
  });
}

// What ordinary programs do again and again. None leaves anything open for good.
const trips = {
  'fetch': async () => {
    assert.equal(await (await fetch(url, { method: 'POST', body: 'text' })).text(), 'text');
  },
  'a keep-alive agent': () => request({ agent }),
  'several requests at once by a keep-alive agent': () => Promise.all([request({ agent }), request({ agent }), request({ agent })]),
  'the global agent, and none': async () => {
    await request({});
    await request({ agent: false });
  },
  'a server for a while': async () => {
    const other = http.createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(other, 'listening');
    await (await fetch(`http://127.0.0.1:${other.address().port}/`)).text();
    other.close();
    other.closeAllConnections();
    await once(other, 'close');
  },
  'http2': async () => {
    const other = http2.createServer((_, response) => response.end('x')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const client = http2.connect(`http://127.0.0.1:${other.address().port}`);
    const asked = client.request({ ':path': '/' });
    await once(asked.resume(), 'close');
    client.close();
    other.close();
    await once(other, 'close');
  },
  'a socket that talks and ends': async () => {
    const other = net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    await once(net.connect(other.address().port, '127.0.0.1').resume(), 'close');
    other.close();
    await once(other, 'close');
  },
  'files': async () => {
    const name = path.join(folder, 'copied');
    await pipeline(fs.createReadStream(__filename), fs.createWriteStream(name));
    await fs.promises.appendFile(name, 'x');
    fs.appendFileSync(name, 'x');
    await promisify(fs.truncate)(name, 10);
    await fs.promises.copyFile(name, `${name}2`);
    await fs.promises.cp(folder, `${folder}-copied`, { recursive: true });
    await fs.promises.rm(`${folder}-copied`, { recursive: true });
    for await (const line of readline.createInterface({ input: fs.createReadStream(__filename) })) if (line === '') break;
  },
  'child processes': async () => {
    await promisify(execFile)(process.execPath, ['-v']);
    const child = fork(path.join(__dirname, '..', 'fixtures', 'idle.js'), { silent: true, execArgv: [] });
    child.kill();
    await once(child, 'close');
  },
  'workers': async () => {
    const worker = new Worker('require("worker_threads").parentPort.postMessage(1)', { eval: true });
    await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(1);
    await once(port2, 'message');
    port2.close();
    await once(port1, 'close');
  },
  'names': () => dns.promises.lookup('localhost'),
};

describe('check is silent about', () => {
  for (const [what, trip] of Object.entries(trips)) {
    it(what, async () => {
      const result = await leakline.check(trip, { kinds: ['handle'], rounds: 3, iterations: 3 });
      assert.deepEqual(result.leaks, [], result.message);
    });
  }
});

describe('nothing is accused in a process that rests:', () => {
  it('its standard streams, channels and connections have no place of the program', async () => {
    leakline.start({ mode: 'full', kinds: ['handle'] });
    try {
      for (const trip of Object.values(trips)) await trip();
      const { sites, totals } = leakline.snapshot({ gc: true });
      const live = sites.filter((site) => site.live > 0).map(({ label, origin }) => [label, origin?.file]);
      assert.ok(live.every(([label]) => /^(Socket|fd)$/.test(label)), JSON.stringify(live));
      assert.ok(totals.handle.live <= 8, `kept connections only: ${JSON.stringify([totals.handle, live])}`);
    } finally {
      leakline.stop();
    }
  });
});
