'use strict';

/** Where flight files are, and what of a process's identity JavaScript knows. */

// Modules of Node's that a process on standby would load for nothing are loaded where they are needed.
const path = require('node:path');

/** What says no. */
const OFF = ['0', 'off', 'false'];
/** What says yes, and no directory. */
const ON = ['', '1', 'on', 'true'];
/** Set by test runners, whose many short processes need no flight file. */
const RUNNERS = ['NODE_TEST_CONTEXT', 'JEST_WORKER_ID', 'VITEST'];
/** Where build systems and hosts leave the commit. */
const COMMITS = ['GIT_COMMIT', 'COMMIT_SHA', 'SOURCE_VERSION', 'SOURCE_COMMIT', 'GITHUB_SHA', 'CI_COMMIT_SHA', 'HEROKU_SLUG_COMMIT', 'RENDER_GIT_COMMIT'];

/**
 * @typedef {object} FlightSettings as the addon takes them
 * @property {string} dir
 * @property {object} identity
 */

/**
 * What the flight recorder of this process is given; null for no recorder.
 * @param {Record<string, string | undefined>} env
 * @returns {FlightSettings | null}
 */
function flightOf(env) {
  const chosen = (env.LEAKLINE_FLIGHT ?? '').trim();
  if (!require('node:worker_threads').isMainThread || OFF.includes(chosen.toLowerCase())) return null;
  if (chosen === '' && RUNNERS.some((name) => env[name])) return null;
  return { dir: directoryOf(env), identity: identityOf(env) };
}

/**
 * The directory of flight files, absolute: `LEAKLINE_FLIGHT`, else `LEAKLINE_DIR`, else the user's run-time directory,
 * else one in the directory for temporary files.
 * @param {Record<string, string | undefined>} env
 */
function directoryOf(env) {
  const chosen = (env.LEAKLINE_FLIGHT ?? '').trim();
  if (![...OFF, ...ON].includes(chosen.toLowerCase())) return path.resolve(chosen);
  if (env.LEAKLINE_DIR) return path.resolve(env.LEAKLINE_DIR);
  if (env.XDG_RUNTIME_DIR) return path.join(env.XDG_RUNTIME_DIR, 'leakline');
  return path.join(env.TMPDIR || require('node:os').tmpdir(), `leakline-${process.getuid?.() ?? 'user'}`);
}

/** What a mark may be called: it is a word of a command, and no file's name. */
const MARK_RULE = 'a name of 1 to 64 letters, digits and . _ -, that begins with a letter';
const isMarkName = (name) => typeof name === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(name);

function identityOf(env) {
  const script = process.argv[1];
  return {
    host: env.HOSTNAME || require('node:os').hostname(),
    node: process.version,
    leakline: require('../../package.json').version,
    script: script === undefined ? '' : path.resolve(script),
    cwd: process.cwd(),
    commit: COMMITS.map((name) => env[name]).find(Boolean) ?? null,
  };
}

module.exports = { flightOf, directoryOf, isMarkName, MARK_RULE };
