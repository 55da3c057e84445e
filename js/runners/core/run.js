'use strict';

/** One run of tests, whatever starts it: a folder that each test file drops its result into, and the summary. */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const { makeFolder } = require('../../base/make-folder.js');
const { summary } = require('./ask.js');
const { load } = require('./config.js');
const { collect } = require('./results.js');

/**
 * @typedef {object} Run
 * @property {string} folder
 * @property {Record<string, string>} env what the processes of the run need
 */

/**
 * Begins a run, unless somebody else, such as `leakline test` around a reporter, sums it up.
 * @param {{ env?: Record<string, string | undefined>, cwd?: string }} [options]
 * @returns {Run | null}
 * @throws ERR_LEAKLINE_CONFIG, ERR_LEAKLINE_BASELINE, ERR_LEAKLINE_OPTION
 */
function begin({ env = process.env, cwd = process.cwd() } = {}) {
  if (env.LEAKLINE_RUN) return null;
  const shrinks = env.LEAKLINE_UPDATE === '1';
  const { baseline } = load(cwd, shrinks ? { ...env, LEAKLINE_UPDATE: undefined } : env);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakline-run-'));
  // The first baseline is made with everything. Said here, since the second test file finds that of the first.
  const update = shrinks && !baseline.exists ? { LEAKLINE_UPDATE: 'all' } : {};
  return { folder, env: { ...update, LEAKLINE_RUN: folder } };
}

/**
 * Ends a run: reads the results, writes the summary and removes the folder.
 * @param {Run} run
 * @param {object} options
 * @param {(text: string) => void} options.print gets the summary, and annotations for GitHub
 * @param {string} [options.json] a file for the summary as JSON
 * @param {boolean} [options.quiet] print nothing but annotations
 * @param {{ color?: boolean, width?: number }} [options.text]
 * @param {Record<string, string | undefined>} [options.env]
 * @param {string} [options.cwd]
 * @returns {{ results: object[], failed: number }} `failed`: findings that must have failed a test
 */
function end(run, { print, json, quiet = false, text = {}, env = process.env, cwd = process.cwd() }) {
  const results = collectAndRemove(run.folder);
  const reported = (format, from = cwd) => summary({ results, cwd: from, format, text: { ...text, cwd } });
  if (!quiet) print(reported('text'));
  if (env.GITHUB_ACTIONS === 'true') {
    // GitHub names files from the checkout, wherever in it the tests run.
    const annotations = reported('github', env.GITHUB_WORKSPACE || cwd);
    if (annotations) print(annotations);
  }
  if (json !== undefined) write(path.resolve(cwd, json), reported('json'));
  const findings = results.flatMap((result) => result.findings);
  return { results, failed: findings.filter(({ outcome }) => outcome === 'failed').length };
}

/** Forgets a run that nobody wants to hear of. */
function abandon(run) {
  fs.rmSync(run.folder, { recursive: true, force: true });
}

module.exports = { begin, end, abandon };

function collectAndRemove(folder) {
  try {
    return collect(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function write(file, text) {
  makeFolder(path.dirname(file));
  fs.writeFileSync(file, text);
}
