'use strict';

/** What a test run reads from its files and its environment. */

const fs = require('node:fs');
const path = require('node:path');

const { error } = require('../../base/errors.js');
const { optionError } = require('../../base/options.js');
const { variables } = require('../../base/option-table.js');
const { ask, isFirst, openSession } = require('./ask.js');

const NAME = 'leakline.config.json';
const LEVEL = variables.LEAKLINE_LEAKS;
const UPDATES = { 1: 'shrink', all: 'all' };

/**
 * @typedef {object} Loaded
 * @property {string | null} file the configuration's, where there is one
 * @property {object} config complete: leaks, checkAt, graceMs, kinds (null for all), ignore, baseline, allow
 * @property {(string | RegExp)[]} ignore `config.ignore` as leakline's option of that name takes it
 * @property {{ path: string, exists: boolean }} baseline
 * @property {object} session what tests are judged by, for `suiteFails` and `suiteJudge` of the addon
 * @property {'shrink' | 'all' | null} update how the baseline may change
 */

/**
 * Reads the nearest configuration, from `folder` upwards, the environment and the baseline.
 * @param {string} [folder]
 * @param {Record<string, string | undefined>} [env]
 * @returns {Loaded}
 * @throws ERR_LEAKLINE_CONFIG, ERR_LEAKLINE_BASELINE, ERR_LEAKLINE_OPTION
 */
function load(folder = process.cwd(), env = process.env) {
  const file = find(folder);
  const text = file === null ? '{}' : read(file, 'ERR_LEAKLINE_CONFIG');
  const config = ask('testingConfig', text, file ?? NAME);
  const ignore = config.ignore.map((pattern, n) => patternOf(pattern, `ignore[${n}]`, file));
  // The nearest wins, and the environment is the farthest.
  const level = levelOf(env);
  config.leaks ??= level ?? 'fail';
  const at = path.resolve(file === null ? folder : path.dirname(file), config.baseline);
  const baseline = { path: at, exists: fs.existsSync(at) };
  // Read now, so that a run with a broken one ends before it begins.
  const session = openSession(config, at, baseline.exists ? read(at, 'ERR_LEAKLINE_BASELINE') : null);
  return { file, config, ignore, baseline, session, update: updateOf(env, at) };
}

/**
 * `LEAKLINE_LEAKS`, where it is set.
 * @throws ERR_LEAKLINE_OPTION
 */
function levelOf(env) {
  const text = env.LEAKLINE_LEAKS;
  if (!text) return null;
  if (LEVEL.test(text)) return text;
  throw optionError('LEAKLINE_LEAKS', { ...LEVEL, hint: () => 'Unset it for what the configuration says.' }, text);
}

module.exports = { load, levelOf, LEVEL, NAME };

function find(folder) {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const file = path.join(at, NAME);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    if (at === path.dirname(at)) return null;
  }
}

function read(file, code) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (reason) {
    throw error(code, file, `the file must be readable: ${reason.message}`, 'Let this process read it, or remove it.');
  }
}

/** `/…/flags` is a regular expression, anything else itself. */
function patternOf(text, place, file) {
  const parts = /^\/(.+)\/([a-z]*)$/.exec(text);
  if (parts === null) return text;
  try {
    return new RegExp(parts[1], parts[2]);
  } catch (reason) {
    throw error('ERR_LEAKLINE_CONFIG', file, `${place} must be a string or a /regular expression/: ${reason.message}`, 'Fix it, or remove it.');
  }
}

function updateOf(env, file) {
  const text = env.LEAKLINE_UPDATE;
  if (!text || text === '0') return null;
  if (!Object.hasOwn(UPDATES, text)) {
    throw error('ERR_LEAKLINE_OPTION', 'LEAKLINE_UPDATE', variables.LEAKLINE_UPDATE.rule, text, 'Unset it to leave the baseline as it is.');
  }
  // The first baseline is made with everything, by each test file of the run that makes it.
  return UPDATES[text] === 'shrink' && isFirst(file) ? 'all' : UPDATES[text];
}
