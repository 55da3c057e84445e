'use strict';

/** Runs `fn` with what it prints on stderr: stdout has the results alone. */
function aside(fn) {
  const { log } = console;
  console.log = console.error;
  try {
    return fn();
  } finally {
    console.log = log;
  }
}

module.exports = { aside };
