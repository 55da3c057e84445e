'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { which } = require('../.scripts/exec');
const { freePort } = require('../.scripts/free-port');

// Between the moment a port is found free and the server takes it, somebody else may.
const ATTEMPTS = 3;

/**
 * Starts a redis-server of one's own on a free port of the loopback interface. It keeps nothing, and its folder goes
 * with it.
 *
 * @returns {Promise<{ port: number, stop(): Promise<void> }>}
 * @throws when there is none in PATH, or when it does not start
 */
async function startRedis() {
  const program = which('redis-server');
  if (program === null) throw new Error('redis-server is not in PATH');
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(await freePort(), program);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

module.exports = { startRedis };

async function startOn(port, program) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'redis-cache-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => {
    server.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  // However this process ends, the server ends with it.
  process.once('exit', end);

  try {
    await untilReady(server);
  } catch (error) {
    process.off('exit', end);
    end();
    throw error;
  }
  const stop = async () => {
    process.off('exit', end);
    const gone = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
    end();
    await gone;
  };
  return { port, stop };
}

function untilReady(server) {
  let output = '';
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    server.stdout.setEncoding('utf8').on('data', (chunk) => {
      // What it says later must be read too, or it waits for a reader; but it need not be kept.
      if (output.length < 10_000) output += chunk;
      if (/ready to accept connections/i.test(chunk)) resolve();
    });
  });
}
