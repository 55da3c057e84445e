'use strict';

/** The files of a case: written, read, and written again with what came since. */

const fs = require('node:fs');
const path = require('node:path');

const { clean } = require('../../base/clean');
const { error } = require('../../base/errors');
const { makeFolder } = require('../../base/make-folder');
const { load } = require('../../base/native');
const { naming } = require('../read');
const { readJson } = require('./service');

const SCHEMA = 1;

/**
 * The documents of facts, as the engine makes them.
 * @returns {{ case: object, markdown: string, html: string, test: string, rules: string, rulesTest: string }}
 */
function documentsOf(facts, source) {
  return JSON.parse(naming(source, () => load().caseDocuments(JSON.stringify(facts))));
}

/**
 * Writes a case into a folder. A test that is there already is a person's, and is left as it is.
 * @param {string} out
 * @param {object} facts
 * @param {Record<string, string | Buffer>} [more] further files
 * @returns {{ made: object, files: string[], keptTest: boolean }}
 */
function writeCase(out, facts, more = {}, source = path.join(out, 'case.json')) {
  const { case: made, markdown, html, test, rules, rulesTest } = documentsOf(facts, source);
  const testFile = path.basename(facts.test.path);
  const keptTest = fs.existsSync(path.join(out, testFile)) && fs.readFileSync(path.join(out, testFile), 'utf8') !== test;
  const files = {
    'case.md': markdown,
    'case.html': html,
    'case.json': `${JSON.stringify(made, null, 2)}\n`,
    ...(keptTest ? {} : { [testFile]: test }),
    'rules.yml': rules,
    'rules.test.yml': rulesTest,
    ...more,
  };
  try {
    makeFolder(out);
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(out, name), content);
  } catch (reason) {
    throw error('ERR_LEAKLINE_CASE', out, `it cannot be written (${clean(reason.code ?? reason.message)})`, 'Name a folder that this user may write with --out.');
  }
  return { made, files: Object.keys(files), keptTest };
}

/**
 * The facts of a case that was written, by its folder or its case.json; null where there is none.
 * @throws {LeaklineError} ERR_LEAKLINE_CASE for one that is none
 */
function factsIn(place) {
  const file = path.basename(place).endsWith('.json') ? place : path.join(place, 'case.json');
  if (!fs.existsSync(file)) return null;
  const value = readJson(file, Infinity);
  if (value?.type !== 'case') throw error('ERR_LEAKLINE_CASE', file, 'it is no case', 'Name the folder that leakline case has written.');
  if (value.schema !== SCHEMA) throw error('ERR_LEAKLINE_CASE', file, `its schema is ${JSON.stringify(value.schema)}, this version reads ${SCHEMA}`, 'Make the case again with this version.');
  return value.facts;
}

/** Counts of fields by state. */
function countsOf({ sections }) {
  const counts = { filled: 0, proposed: 0, answered: 0, asked: 0, unknown: 0 };
  for (const { part, state } of sections.flatMap(({ parts }) => parts)) if (part === 'field') counts[state]++;
  return counts;
}

module.exports = { writeCase, factsIn, countsOf, documentsOf };
