'use strict';

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');

const { ensurePostgres } = require('../../.scripts/ensure');
const { freePort } = require('../../.scripts/free-port');
const { temporaryFolder } = require('./run');

/** Where PostgreSQL's programs are, or the reason to skip without it. */
const postgres = ensurePostgres();

/** Starts a server that forgets all when it is stopped; resolves to how to connect and what stops it. */
async function startPostgres() {
  const folder = temporaryFolder();
  const owner = notRoot(folder);
  const data = path.join(folder, 'data');
  const program = (name) => path.join(path.dirname(postgres.file), name);
  execFileSync(program('initdb'), ['-D', data, '-U', 'leakline', '-A', 'trust', '-N', '--locale=C'], { ...owner, cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, fsync: 'off', shared_buffers: '8MB' };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const server = spawn(program('postgres'), args, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`postgres ended with ${code}:\n${output}`)));
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (/ready to accept connections/.test(output)) resolve();
    });
  });
  const stop = async () => {
    const exit = once(server, 'exit');
    // It waits until those that are about to disconnect have; others must not keep it.
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGINT'), 5_000);
    await exit;
    clearTimeout(timer);
  };
  return { options: { host: '127.0.0.1', port, user: 'leakline', database: 'postgres' }, stop };
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package brings. */
function notRoot(folder) {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })));
  fs.chownSync(folder, uid, gid);
  return { uid, gid };
}

module.exports = { postgres, startPostgres };
