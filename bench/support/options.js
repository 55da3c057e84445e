'use strict';

// The options of every benchmark, by `npm run bench -- NAME …` or when it is run by itself.

const { parseArgs } = require('node:util');

const options = {
  /** Rounds of all that is compared; ratios are taken within a round, medians over them. */
  rounds: { type: 'string' },
  /** Rows with this in their name alone; of the service benchmark: these services, with commas between. */
  only: { type: 'string', default: '' },
  /** What is compared beside bare Node, with commas between: modes of leakline, and names of peers. All unless said. */
  modes: { type: 'string' },
  /** The smallest of everything: shows that it works, and no figure that means anything. */
  quick: { type: 'boolean', default: false },
};

/** @param {{ rounds?: number }} defaults of this benchmark */
function readOptions({ rounds = 7 } = {}) {
  const { values } = parseArgs({ options });
  const given = values.rounds ?? (values.quick ? '1' : String(rounds));
  if (!/^[1-9]\d*$/.test(given)) throw new Error(`--rounds takes a whole number from 1 on, not '${given}'`);
  const modes = values.modes?.split(',').filter(Boolean);
  return {
    rounds: Number(given),
    isQuick: values.quick,
    only: values.only,
    isWanted: (name) => name.includes(values.only),
    /** Those chosen of all that there are; the first is what the others are compared with. */
    chooseModes: (all) => chosen(all, modes),
  };
}

module.exports = { options, readOptions };

function chosen(all, modes) {
  if (modes === undefined) return all;
  const unknown = modes.filter((mode) => !all.includes(mode));
  if (unknown.length > 0) throw new Error(`--modes: no such one: ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((mode, i) => i === 0 || modes.includes(mode));
}
