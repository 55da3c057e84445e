'use strict';

/**
 * One text of failures that no test of its own can have: then the file fails, or the run.
 * @param {{ tests: { name: string }[], message: string }[]} failures
 */
function together(failures) {
  return failures.map(({ tests, message }) => `${tests.map(({ name }) => name).join(', ')}\n\n${message}`).join('\n\n');
}

module.exports = { together };
