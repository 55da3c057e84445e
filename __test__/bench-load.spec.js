'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { describe, it } = require('node:test');

const { compared, quantile } = require('../bench/support/figures');
const { canHoldRate, connectLoad } = require('../bench/support/load');

const skip = !canHoldRate && 'no fixed rate on Windows';
const answer = (response) => response.setHeader('Content-Length', 2).end('ok');

/** Runs `run` with the load of a service that answers by `handle`. */
async function against(handle, run) {
  const server = http.createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const load = await connectLoad(server.address().port);
  try {
    return await run(load);
  } finally {
    load.close();
    server.closeAllConnections();
    server.close();
  }
}

describe('the load of the service benchmark', () => {
  it('sends as many requests as it is asked for, and no more', async () => {
    let requests = 0;
    const done = await against((request, response) => {
      requests++;
      answer(response);
    }, async (load) => [await load.closed(100), await load.closed(5)]);
    assert.deepEqual(done.map((one) => one.requests), [100, 5]);
    assert.equal(requests, 105);
  });

  it('counts the waiting of requests that were due while the service did not answer', { skip }, async () => {
    // On a busy machine the generator itself may not get its turn.
    let latencies = [];
    for (let attempt = 0; latencies.length < 150 && attempt < 20; attempt++) latencies = await latenciesOfStalled();
    // 40 were due in its first 200 ms and had 100 ms more to wait; it had connections for 32 of them.
    const late = latencies.filter((latency) => latency > 90).length;
    assert.ok(late >= 40, `${late} of ${latencies.length} waited`);
    assert.ok(latencies.every((latency) => latency > 0), 'answered before it was due');
  });

  /** Of 200 requests in a second, none of which is answered in the first 300 ms. */
  async function latenciesOfStalled() {
    const kept = [];
    let isStalled = true;
    const stalled = (request, response) => (isStalled ? kept.push(response) : answer(response));
    const { latencies } = await against(stalled, (load) => {
      setTimeout(() => {
        isStalled = false;
        kept.forEach(answer);
      }, 300);
      return load.open(200, 1_000);
    });
    return latencies;
  }

  it('says when a rate is not held', { skip }, async () => {
    // Each connection gets an answer every 100 ms: 320 a second.
    const slow = (request, response) => setTimeout(answer, 100, response);
    const { isHeld, requests } = await against(slow, (load) => load.open(2_000, 400));
    assert.equal(isHeld, false);
    assert.ok(requests < 800, `${requests} were answered`);
  });

  it('fails when the service does', async () => {
    const failing = (request, response) => response.writeHead(500).end();
    await assert.rejects(against(failing, (load) => load.closed(10)), /the service answered HTTP\/1\.1 500/);
    const closing = (request) => request.socket.destroy();
    await assert.rejects(against(closing, (load) => load.closed(10)), /closed a connection/);
    if (canHoldRate) await assert.rejects(against(closing, (load) => load.open(100, 100)), /closed a connection|EBADF|EPIPE/);
  });
});

describe('the figures of benchmarks', () => {
  it('quantiles lie between their neighbours', () => {
    assert.equal(quantile([3, 1, 2], 0.5), 2);
    assert.equal(quantile([4, 1, 2, 3], 0.5), 2.5);
    assert.equal(quantile([10, 0], 0.75), 7.5);
    assert.equal(quantile([5], 0.99), 5);
  });

  it('ratios are taken within a round', () => {
    // The machine was ten times as slow in the second.
    const rounds = [{ bare: 10, full: 12 }, { bare: 100, full: 120 }, { bare: 11, full: 13.2 }].map((round) => ({ bare: { cpu: round.bare }, full: { cpu: round.full } }));
    const { value, ratio } = compared(rounds, 'full', 'bare', (one) => one.cpu);
    assert.equal(value, 13.2);
    assert.ok(Math.abs(ratio - 1.2) < 1e-9);
  });
});
