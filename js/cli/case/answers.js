'use strict';

/** What only a person knows: from a file, or asked one by one. */

const fs = require('node:fs');
const readline = require('node:readline');

const { error } = require('../../base/errors');
const { nearest } = require('../../base/nearest');
const { load } = require('../../base/native');

const MAX_ANSWER = 4_000;

/** `{ id, text }` each. */
function questions() {
  return JSON.parse(load().caseQuestions());
}

/**
 * Answers in a JSON file: `{ "impact": "…" }`.
 * @throws {LeaklineError} ERR_LEAKLINE_CASE
 */
function readAnswers(file) {
  const given = parsed(file);
  const known = questions().map(({ id }) => id);
  for (const [id, answer] of Object.entries(given)) {
    if (!known.includes(id)) {
      const near = nearest(id, known);
      throw error('ERR_LEAKLINE_CASE', file, `it answers '${id}', which is not asked`, near ? `Did you mean '${near}'? Asked are ${known.join(', ')}.` : `Asked are ${known.join(', ')}.`);
    }
    if (typeof answer !== 'string' || answer.length > MAX_ANSWER) {
      throw error('ERR_LEAKLINE_CASE', file, `its answer '${id}' is no text of at most ${MAX_ANSWER} characters`, 'Write each answer as a string.');
    }
  }
  return given;
}

/**
 * Asks on standard error and reads standard input; an empty line keeps what was answered before.
 * @param {Record<string, string>} before
 * @returns {Promise<Record<string, string>>}
 */
async function ask(before) {
  const answers = { ...before };
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
  const read = lines[Symbol.asyncIterator]();
  const all = questions();
  for (const [at, { id, text }] of all.entries()) {
    const kept = answers[id] ? ' (empty keeps what was answered)' : ' (empty leaves it open)';
    process.stderr.write(`${at + 1} of ${all.length}: ${text}${kept}\n> `);
    const { value, done } = await read.next();
    if (done) break;
    if (value.trim() !== '') answers[id] = value.trim().slice(0, MAX_ANSWER);
  }
  lines.close();
  process.stdin.unref?.();
  process.stderr.write('\n');
  return answers;
}

module.exports = { ask, readAnswers };

function parsed(file) {
  let value;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (reason) {
    throw error('ERR_LEAKLINE_CASE', file, `its answers cannot be read (${reason.code === 'ENOENT' ? 'there is no such file' : reason.code ?? reason.message})`, 'Write an object: { "impact": "…" }.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw error('ERR_LEAKLINE_CASE', file, 'it is no object of answers', 'Write an object: { "impact": "…" }.');
}
