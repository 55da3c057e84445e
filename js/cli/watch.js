'use strict';

const fs = require('node:fs');
const { setTimeout: wait } = require('node:timers/promises');

const { error } = require('../base/errors');
const { directories, listFlights, readFlight } = require('./flight/files');
const { headline, time } = require('./flight/words');
const output = require('./output');
const { number, parse } = require('./parse');

const summary = 'report each process of a directory once when it has ended, as a sidecar does';

const usage = ['leakline watch [OPTIONS] [DIR]'];

const options = {
  every: { type: 'string', value: 'S', help: 'seconds between two looks, 1 to 3600 (5)' },
  bad: { type: 'boolean', help: 'report only those that ended badly' },
  existing: { type: 'boolean', help: 'also report those that had ended before' },
  once: { type: 'boolean', help: 'report those that have ended, and end' },
  json: { type: 'boolean', help: 'print a line of JSON for each: the flight file with its snapshot' },
};

const notes = [
  'DIR is where flight files are: LEAKLINE_FLIGHT or LEAKLINE_DIR, else where leakline puts them.',
  'It runs until a signal ends it.',
];

async function run(args) {
  const { values, positionals } = parse('watch', options, args);
  if (positionals.length > 1) throw error('ERR_LEAKLINE_USAGE', `watch takes one directory, got ${positionals.length}.`, 'watch');
  const [directory] = positionals;
  if (directory !== undefined && !fs.existsSync(directory)) {
    throw error('ERR_LEAKLINE_USAGE', `There is no directory '${directory}'.`, 'watch');
  }
  const everyMs = 1000 * (number('watch', 'every', values.every, { min: 1, max: 3600 }) ?? 5);
  const seen = new Set();
  const ended = () => listFlights(directories(directory)).filter(({ runs }) => !runs);
  if (!values.existing && !values.once) ended().forEach((flight) => seen.add(idOf(flight)));
  for (;;) {
    for (const flight of ended().toReversed().filter((each) => !seen.has(idOf(each)))) {
      seen.add(idOf(flight));
      if (values.bad && !flight.ended.isBad) continue;
      report(flight.path, values.json);
    }
    if (values.once) return 0;
    await wait(everyMs);
  }
}

module.exports = { summary, usage, options, notes, run };

/** A file may have the name of an earlier recording of the same process. */
function idOf({ path, identity }) {
  return `${path} ${identity.startedUnixMs}`;
}

function report(file, json) {
  try {
    const flight = readFlight(file);
    if (json) output.print(JSON.stringify(flight));
    else {
      const { report } = require('../index.js');
      output.print(`${time(Date.now())} ${headline(flight).join('\n')}\n  leakline report ${file}\n\n${report(flight.snapshot, { color: false })}\n`);
    }
  } catch (reason) {
    // It may have been swept meanwhile; the others are still to be watched.
    process.stderr.write(`leakline: ${reason.message}\n`);
  }
}
