'use strict';

// The processes of a round: all of them are alive at once and take turns in short bursts, so that whatever else the
// machine does hits all alike. None is started before the last has answered.

const { fork } = require('node:child_process');

const { cleanEnvironment } = require('../../__test__/support/run');

const ANSWER_MS = 120_000;

const alive = new Set();
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/**
 * Starts a program that answers to `reply`, and waits until it is ready.
 *
 * @param {string} file
 * @param {{ args?: string[], env?: object, node?: string[], execPath?: string }} how its arguments, what is added to the environment, Node's
 * own arguments, and the Node to run where it is not this one
 */
async function startProcess(file, { args = [], env = {}, node = [], execPath = process.execPath } = {}) {
  // What a peer prints is no result.
  const child = fork(file, args, { env: { ...cleanEnvironment(), ...env }, execPath, execArgv: node, stdio: ['ignore', 2, 2, 'ipc'] });
  alive.add(child);
  let isEnding = false;
  let waiting = null;
  child.on('message', (answer) => waiting?.resolve(answer));
  child.once('exit', (code, signal) => {
    alive.delete(child);
    if (!isEnding) waiting?.reject(new Error(`${[...node, file, ...args].join(' ')} ended with ${signal ?? code}`));
  });

  function answer() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${file} ${args.join(' ')} does not answer`)), ANSWER_MS);
      const settle = (fn) => (value) => {
        clearTimeout(timer);
        waiting = null;
        fn(value);
      };
      waiting = { resolve: settle(resolve), reject: settle(reject) };
    });
  }

  const ready = await answer();
  return {
    ready,
    ask(message) {
      const answered = answer();
      child.send(message);
      return answered;
    },
    end() {
      isEnding = true;
      return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', resolve);
        child.disconnect();
      });
    },
  };
}

/** In such a program: says that it is ready, and answers to each message until the parent is gone. */
function reply(ready, answer) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    // From a timer's callback, as most of a service's work is called by the event loop and not by a promise.
    setTimeout(() => Promise.resolve(answer(message)).then((figures) => process.send(figures)), 0);
  });
  process.send(ready);
}

/** All of them in turn, a different one first each time. */
function* inTurn(all, turns) {
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < all.length; i++) yield { one: all[(i + turn) % all.length], turn };
  }
}

module.exports = { startProcess, reply, inTurn };
