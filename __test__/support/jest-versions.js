'use strict';

const { ensureProject } = require('../../.scripts/projects');
const { exports: exported } = require('../../package.json');

// The oldest and a newer one that both versions of Jest support: each run of Jest takes seconds.
const majors = ['20', '24'];
const own = process.versions.node.split('.', 1)[0];
const setup = 'leakline/jest/setup';

const names = ['jest29', 'jest30'];

/**
 * The versions of Jest to test with; `skip` is false or the reason.
 *
 * @param {string[]} [under] the majors of Node to test under
 * @returns {{ name: string, isNewest: boolean, folder?: string, skip: string | false }[]}
 */
function versions(under = majors) {
  return names.map((name) => {
    const version = { name, isNewest: name === names.at(-1) };
    if (!under.includes(own)) return { ...version, skip: `with Jest under Node ${under.join(' and ')} only` };
    if (!('./jest/setup' in exported)) return { ...version, skip: `there is no ${setup} yet` };
    const { folder, reason } = ensureProject(name);
    return { ...version, folder, skip: reason ?? false };
  });
}

module.exports = { versions, setup };
