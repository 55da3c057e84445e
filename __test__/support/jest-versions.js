'use strict';

const { ensureProject } = require('../../.scripts/projects');
const { exports: exported } = require('../../package.json');

// The oldest and a newer one that both versions of Jest support: each run of Jest takes seconds.
const majors = ['20', '24'];
const own = process.versions.node.split('.', 1)[0];
const setup = 'leakline/jest/setup';

/**
 * The versions of Jest to test with; `skip` is false or the reason.
 *
 * @returns {{ name: string, folder?: string, skip: string | false }[]}
 */
function versions() {
  return ['jest29', 'jest30'].map((name) => {
    if (!majors.includes(own)) return { name, skip: `with Jest under Node ${majors.join(' and ')} only` };
    if (!('./jest/setup' in exported)) return { name, skip: `there is no ${setup} yet` };
    const { folder, reason } = ensureProject(name);
    return { name, folder, skip: reason ?? false };
  });
}

module.exports = { versions, setup };
