'use strict';

// Runs a service of `service.js` and sorts what it prints by the lines that it runs.

const { spawn, spawnSync, fork } = require('node:child_process');
const path = require('node:path');
const { cleanEnvironment, temporaryFolder } = require('../../__test__/support/run');
const { lineOf, said } = require('../../__test__/support/service-child');
const { INNOCENTS } = require('./innocents');
const { LEAKS } = require('./leaks');
const { isReported, judgeInnocent, judgeLeak } = require('./promises');

const register = path.join(__dirname, '..', '..', 'js', 'register.js');
const ofFile = (name) => path.join(__dirname, name);
/** Longer than it was asked to live a service hangs. */
const HANGS_MS = 120_000;
/** Where the system does not say how many files may be open. */
const FEW_FILES = 1_000;
const isWindows = process.platform === 'win32';

/**
 * @typedef {object} Asked
 * @property {string} node the program
 * @property {'adaptive' | 'full'} mode
 * @property {string[]} [leaks] at `rate` a second
 * @property {string[]} [innocents]
 * @property {number} [rate]
 * @property {number} loadMs
 * @property {number} [afterMs]
 * @property {number} [releasedMs]
 * @property {number} traffic requests a second beside them
 * @property {number} [heapMb] MB that it has loaded before
 * @property {() => void} [onLoadEnd] called once, when it is under load no more
 */

/**
 * @param {Asked} asked
 * @returns {Promise<{ rows: Record<string, import('./promises').Row>, broken: string[], requests: number }>} what was seen of each leak;
 * what else was wrong
 */
async function runService({ node, mode, ...asked }) {
  const needsPeer = asked.leaks?.includes('socket');
  const peer = needsPeer ? await startPeer() : undefined;
  try {
    const looks = await looksOf(node, mode, { ...asked, peer: peer?.address, files: openFiles() });
    return judge(asked, looks);
  } finally {
    peer?.end();
  }
}

function judge({ leaks = [], innocents = [], rate }, looks) {
  const seen = looks.filter(({ phase }) => phase !== 'end');
  const of = (file, name, kinds) => {
    const line = lineOf(ofFile(file), name);
    return seen.map(({ at, phase, seen: sites }) => ({ at, phase, site: sites.find((site) => site.file === file && site.line === line && kinds.includes(site.kind)) }));
  };
  const rows = Object.fromEntries(leaks.map((name) => [name, judgeLeak(LEAKS[name].certainty, rate, of('leaks.js', name, [LEAKS[name].kind]))]));
  const firstEnds = seen.at(-1)?.firstEnds ?? {};
  const broken = innocents.flatMap((name) =>
    judgeInnocent(of('innocents.js', name, INNOCENTS[name].kinds), firstEnds[name]).map((text) => `${name}: ${text}`));
  const accused = new Set();
  for (const { at, seen: sites } of seen) {
    for (const site of sites.filter((one) => one.file === 'traffic.js' && isReported(one))) {
      const what = `traffic, line ${site.line}: ${site.kind} ${site.verdict}`;
      if (!accused.has(what)) broken.push(`${what}, ${site.evidence}, at ${Math.round(at / 1_000)} s`);
      accused.add(what);
    }
  }
  return { rows, broken, requests: looks.at(-1)?.requests ?? 0 };
}

function looksOf(node, mode, { onLoadEnd = () => {}, ...given }) {
  return new Promise((resolve, reject) => {
    const env = { ...cleanEnvironment(), LEAKLINE: mode, LEAKLINE_REPORT: 'none' };
    const child = spawn(node, ['--require', register, ofFile('service.js'), JSON.stringify(given)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), given.loadMs + (given.afterMs ?? 0) + (given.releasedMs ?? 0) + HANGS_MS);
    let stdout = '';
    let stderr = '';
    let isUnderLoad = true;
    const endLoad = () => {
      if (isUnderLoad) onLoadEnd();
      isUnderLoad = false;
    };
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      if (chunk.includes('"phase":"after"')) endLoad();
    });
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      endLoad();
      if (code === 0) resolve(said(stdout));
      else reject(new Error(`a service ended with ${signal ?? code}: ${stderr.slice(0, 2_000)}`));
    });
  });
}

function startPeer() {
  const address = isWindows ? `\\\\.\\pipe\\leakline-${process.pid}-${Math.random()}` : path.join(temporaryFolder(), 'peer');
  const child = fork(ofFile('peer.js'), [address], { env: cleanEnvironment() });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', () => resolve({ address, end: () => child.connected && child.disconnect() }));
  });
}

/** How many files a process may open. */
function openFiles() {
  if (isWindows) return FEW_FILES * 8;
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  return stdout.trim() === 'unlimited' ? FEW_FILES * 64 : Number(stdout) || FEW_FILES;
}

module.exports = { runService };
