'use strict';

const { majors } = require('../../.scripts/nodes');

/** What takes long and is no matter of Node's version is tested under the oldest alone. */
const isFirstNode = process.versions.node.startsWith(`${majors[0]}.`);

module.exports = { isFirstNode };
