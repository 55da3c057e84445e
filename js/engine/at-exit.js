'use strict';

/**
 * Sees that the process exits, without a listener: programs count those, Node warns of more than ten, and
 * `process.removeAllListeners('exit')` takes them away.
 *
 * Node looks `process.emit` up to emit 'exit', with `process._exiting` set before; on Node 20 to 26, whether the loop has
 * ended, the program called `process.exit()`, or an error was not caught. So `emit` is a getter, on the object between
 * `process` and EventEmitter.prototype. What it gives is what was there: no frame of ours is on any stack.
 */

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;

/**
 * Calls `exits` once, when the process exits and before its 'exit' listeners are called.
 * @param {() => void} exits
 * @returns {() => void} takes it back
 */
function onExit(exits) {
  const home = getPrototypeOf(process);
  let isDone = false;

  function seen(owner) {
    if (isDone || owner !== process || process._exiting !== true) return;
    isDone = true;
    exits();
  }

  /** A getter for a function that a program has put there itself. */
  function own(value) {
    return {
      get() {
        seen(this);
        return value;
      },
      set(other) {
        if (this === process) value = other;
        else defineProperty(this, 'emit', { value: other, writable: true, enumerable: true, configurable: true });
      },
      enumerable: true,
      configurable: true,
    };
  }

  const inherited = {
    get emit() {
      seen(this);
      return getPrototypeOf(home).emit;
    },
    // As an assignment to what is inherited does. Whatever replaces process.emit is given back by it, and calls the
    // function that it found.
    set emit(value) {
      if (this === process) defineProperty(process, 'emit', own(value));
      else defineProperty(this, 'emit', { value, writable: true, enumerable: true, configurable: true });
    },
  };

  const found = getOwnPropertyDescriptor(process, 'emit');
  if (found !== undefined && found.configurable && 'value' in found) defineProperty(process, 'emit', own(found.value));
  if (getOwnPropertyDescriptor(home, 'emit') === undefined) {
    defineProperty(home, 'emit', getOwnPropertyDescriptor(inherited, 'emit'));
  }

  return () => {
    isDone = true;
    if (getOwnPropertyDescriptor(home, 'emit')?.get === getOwnPropertyDescriptor(inherited, 'emit').get) delete home.emit;
    const there = getOwnPropertyDescriptor(process, 'emit');
    if (there?.get === undefined || there.configurable !== true) return;
    defineProperty(process, 'emit', { value: process.emit, writable: true, enumerable: true, configurable: true });
  };
}

module.exports = { onExit };
