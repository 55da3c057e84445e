'use strict';

const { fileURLToPath } = require('node:url');
const { startsWith } = require('./primordials.js');

/** The path behind a script's name, which may be a `file:` URL; any other name, and a URL that is no path, as it is. */
function pathOf(name) {
  if (!startsWith(name, 'file://')) return name;
  try {
    return fileURLToPath(name);
  } catch {
    return name;
  }
}

module.exports = { pathOf };
