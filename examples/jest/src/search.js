'use strict';

const hub = require('./hub');

/** Finds what was said by a word in it. */
function createSearch() {
  const lines = new Set();
  hub.on('said', (line) => lines.add(line)); // leak 6: reported only, the test says so
  return (word) => [...lines].filter((line) => line.split(' ').includes(word));
}

module.exports = { createSearch };
