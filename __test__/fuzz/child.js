'use strict';

// node --expose-gc child.js MODE IN OUT: runs the programs of a file, one JSON a line, and writes what each could observe,
// one JSON a line, so that what ends the process shows by what is missing. MODE `bare`: without leakline.

const fs = require('node:fs');

const [mode, from, to] = process.argv.slice(2);
const { interpret } = require('./interpret');

const recorder = mode === 'bare' ? null : { leakline: require('../..'), mode };
const programs = fs.readFileSync(from, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

async function main() {
  for (const program of programs) {
    const result = await interpret(program, recorder);
    fs.appendFileSync(to, `${JSON.stringify(result)}\n`);
  }
  // A timer that was cleared and refreshed is in Node's list for its hour.
  process.exit();
}
