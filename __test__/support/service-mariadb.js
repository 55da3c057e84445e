'use strict';

const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const os = require('node:os');
const path = require('node:path');

const { ensureMariadb } = require('../../.scripts/ensure');
const { which } = require('../../.scripts/exec');
const { freePort } = require('../../.scripts/free-port');
const { temporaryFolder } = require('./run');

/** Where MariaDB's server is, or the reason to skip without it. */
const mariadb = ensureMariadb();

/** Starts a server that forgets all when it is stopped; resolves to how to connect and what stops it. */
async function startMariadb() {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  const common = ['--no-defaults', `--datadir=${data}`, `--user=${os.userInfo().username}`];
  const install = [...common, '--skip-test-db', '--auth-root-authentication-method=normal'];
  execFileSync(which('mariadb-install-db'), install, { cwd: folder, stdio: 'pipe' });
  const port = await freePort();
  const args = [...common, '--skip-grant-tables', '--bind-address=127.0.0.1', `--port=${port}`, `--socket=${path.join(folder, 'socket')}`];
  const server = spawn(mariadb.file, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`mariadbd ended with ${code}:\n${output}`)));
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      if (/ready for connections/.test(output)) resolve();
    });
  });
  const stop = async () => {
    const exit = once(server, 'exit');
    server.kill();
    await exit;
  };
  return { options: { host: '127.0.0.1', port, user: 'root' }, stop };
}

module.exports = { mariadb, startMariadb };
