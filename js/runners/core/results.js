'use strict';

/** What becomes of a test file's judgement: the baseline, the run's folder, and what is printed where nobody sums up. */

const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const { makeFolder } = require('../../base/make-folder.js');
const { ask, encoded } = require('./ask.js');

const ENDING = '.leakline.json';
// The shape that this version reads.
const SCHEMA = 1;

/**
 * Judges a test file, updates the baseline, and hands the result to whoever sums up the run.
 * @param {object} session of the file's settings
 * @param {object} end as `suiteJudge` of the addon takes it
 * @param {Record<string, string | undefined>} [env]
 * @returns {{ failures: { tests: string[], message: string }[], print: string, result: object }} `print`: what is to be
 * printed for the file, annotations included; empty when somebody sums up the run, who prints it all once
 * @throws ERR_LEAKLINE_BASELINE
 */
function settle(session, end, env = process.env) {
  const { failures, text, annotations, result } = ask('suiteJudge', session, encoded(end));
  if (result.update !== null) ask('baselineUpdate', session, encoded(result));
  if (env.LEAKLINE_RUN) {
    drop(env.LEAKLINE_RUN, result);
    return { failures, print: '', result };
  }
  return { failures, print: text + (env.GITHUB_ACTIONS === 'true' ? annotations : ''), result };
}

/** Puts a result into the run's folder, whole: a reader sees all of it or nothing. */
function drop(folder, result) {
  makeFolder(folder);
  const file = path.join(folder, randomUUID());
  fs.writeFileSync(file, encoded(result));
  fs.renameSync(file, file + ENDING);
}

/** All results in the run's folder. What else is there is nobody's business. */
function collect(folder) {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(ENDING)).toSorted();
  return names.map((name) => parsed(path.join(folder, name))).filter(isResult);
}

module.exports = { settle, drop, collect };

function parsed(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function isResult(value) {
  const lists = [value?.tests, value?.findings, value?.stale, value?.notes];
  return value?.schema === SCHEMA && typeof value.file === 'string' && typeof value.runner === 'string' && lists.every(Array.isArray);
}
