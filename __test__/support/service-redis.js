'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');

const { ensureRedis } = require('../../.scripts/ensure');
const { freePort } = require('../../.scripts/free-port');
const { temporaryFolder } = require('./run');

/** Where redis-server is, or the reason to skip without it. */
const redis = ensureRedis();

/** Starts a server that keeps nothing; resolves to its port and what stops it. */
async function startRedis() {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', temporaryFolder()];
  const server = spawn(redis.file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)));
    server.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (/ready to accept connections/i.test(output)) resolve();
    });
  });
  const stop = async () => {
    const exit = once(server, 'exit');
    server.kill();
    await exit;
  };
  return { port, stop };
}

module.exports = { redis, startRedis };
