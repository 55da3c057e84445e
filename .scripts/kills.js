'use strict';

// npm run kills: flight files of writers that are killed at random moments, each to be readable and of one late state.
// `npm test` makes ten of them.
//
//   npm run kills -- --kills 1000        so many, in each place
//   npm run kills -- --dir /dev/shm      a place; the directory for temporary files, and /dev/shm where there is one

const fs = require('node:fs');
const os = require('node:os');

const { run, script } = require('./exec');
const { readUsage } = require('./usage');

const values = readUsage(__filename, { kills: { type: 'string', default: '1000' }, dir: { type: 'string' } });

script(() => {
  if (!/^[1-9]\d*$/.test(values.kills)) throw new Error(`--kills must be a whole number of at least 1, got '${values.kills}'`);
  const places = values.dir === undefined ? [os.tmpdir(), '/dev/shm'].filter((place) => fs.existsSync(place)) : [values.dir];
  for (const place of places) {
    run('cargo', ['test', '--release', '--no-default-features', '--lib', '--', '--nocapture', '--exact', 'flight::kill_tests::whoever_is_killed_leaves_a_whole_state'], {
      env: { ...process.env, LEAKLINE_KILLS: values.kills, LEAKLINE_KILLS_DIR: place },
    });
  }
});
