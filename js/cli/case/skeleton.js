'use strict';

/** The regression test of a line, by its fingerprint alone: it is looked for in the flight files of this user. */

const fs = require('node:fs');

const { error } = require('../../base/errors');
const { directories, listFlights, readFlight } = require('../flight/files');
const { oneOf } = require('../parse');
const { print } = require('../output');
const { documentsOf, factsIn } = require('./documents');
const { collect } = require('./make');
const { RUNNERS } = require('./service');

async function skeleton(fingerprint, values, progress) {
  if (!/^[0-9a-f]{16}$/.test(fingerprint)) throw error('ERR_LEAKLINE_USAGE', `test takes a fingerprint, 16 digits and letters a to f, got '${fingerprint}'.`, 'case');
  const runner = oneOf('case', 'runner', values.runner, RUNNERS);
  const known = values.case === undefined ? null : factsIn(values.case);
  const facts = known?.leak.fingerprint === fingerprint
    ? { ...known, test: { ...known.test, runner: runner ?? known.test.runner } }
    : (await collect(values.from ?? fileWith(fingerprint, progress), { ...values, runner, site: fingerprint, bare: true }, '.', progress)).facts;
  const { test } = documentsOf(facts, fingerprint);
  if (values.out === undefined) return print(test), 0;
  try {
    fs.writeFileSync(values.out, test, { flag: 'wx' });
  } catch (reason) {
    const why = reason.code === 'EEXIST' ? 'it is there already, and is left as it is' : `it cannot be written (${reason.code})`;
    throw error('ERR_LEAKLINE_CASE', values.out, why, 'Name another file with --out.');
  }
  print(`wrote ${values.out}`);
  return 0;
}

module.exports = { skeleton };

/** The newest flight file that has the line. */
function fileWith(fingerprint, progress) {
  progress(`looking for ${fingerprint} in flight files`);
  const found = listFlights(directories()).find(({ path: file }) => {
    try {
      return readFlight(file).snapshot.sites.some((site) => site.fingerprint === fingerprint);
    } catch {
      // It was swept meanwhile, or is written by another version.
      return false;
    }
  });
  if (found) return found.path;
  throw Object.assign(error('ERR_LEAKLINE_CASE', fingerprint, `no flight file in ${directories()[0]} has a line with this fingerprint`, 'Name a recording with --from, or a case with --case.'), { exitCode: 1 });
}
