'use strict';

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Runs a program in the root with its output shown; throws when it fails. */
function run(program, args, options = {}) {
  const done = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error) throw new Error(`cannot run ${program}: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${[program, ...args].join(' ')} ended with ${done.signal ?? done.status}`);
}

/** Runs a program and resolves to `{ code, signal, stdout, stderr }`; stderr is shown instead when `showErrors`. */
function capture(program, args, { showErrors = false, ...options } = {}) {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', showErrors ? 'inherit' : 'pipe'];
    const child = spawn(program, args, { cwd: root, stdio, ...options });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name]?.setEncoding('utf8').on('data', (chunk) => {
        out[name] += chunk;
      });
    }
    child.once('error', (reason) => resolve({ code: null, signal: null, ...out, stderr: reason.message }));
    child.once('close', (code, signal) => resolve({ code, signal, ...out }));
  });
}

/** The file a program's name stands for in PATH, or null. */
function which(name) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      if (folder && fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    }
  }
  return null;
}

/** npm's own script, to be run by this Node: no shell and no npm.cmd in between. */
function npmScript() {
  if (/npm-cli\.c?js$/.test(process.env.npm_execpath ?? '')) return process.env.npm_execpath;
  const npm = which('npm');
  if (npm === null) throw new Error('npm is not in PATH');
  const beside = path.join(path.dirname(npm), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return fs.existsSync(beside) ? beside : fs.realpathSync(npm);
}

/** Runs npm in the root. */
function npm(args, options) {
  run(process.execPath, [npmScript(), ...args], options);
}

/** Runs what a development dependency installs, such as `tsc`. */
function tool(name, args) {
  run(path.join(root, 'node_modules', '.bin', name), args, { shell: process.platform === 'win32' });
}

/** Runs `main` and, where it throws, ends with one line instead of a stack. */
async function script(main) {
  try {
    await main();
  } catch (reason) {
    process.stderr.write(`${path.basename(process.argv[1])}: ${reason.message}\n`);
    process.exitCode = 1;
  }
}

module.exports = { root, run, capture, which, npm, npmScript, tool, script };
