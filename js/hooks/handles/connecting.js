'use strict';

/**
 * Sockets that connect where Node does not say so: before Node 22 only `net.connect()` does, not
 * `new net.Socket().connect()`, nor what `tls.connect()` makes.
 */

const { wrap, heal } = require('../wrap.js');
const { apply } = require('../../base/originals.js');
const { quietly } = require('./registrations.js');

/**
 * Sees them once the program has loaded `node:net`: within a quarter of a second.
 * @param {import('../context.js').Context} context
 * @param {(socket: object, hook: Function) => void} connects
 * @returns {() => void} puts everything back
 */
function seeConnecting(context, connects) {
  let patch = null;
  let isDone = Number(process.versions.node.split('.')[0]) >= 22;
  let seen = 0;

  function lookForNet() {
    if (isDone) return;
    const loaded = process.moduleLoadList ?? [];
    while (seen < loaded.length && loaded[seen] !== 'NativeModule net') seen++;
    if (seen === loaded.length) return;
    isDone = true;
    patch = wrap([require('node:net').Socket.prototype], ['connect'], (made) => function connect() {
      const socket = apply(made.original, this, arguments);
      if (made.active) quietly('a handle was not recorded', () => connects(this, made.wrapper));
      else heal(made);
      return socket;
    });
  }

  lookForNet();
  context.onTick(lookForNet);
  return () => {
    isDone = true;
    patch?.undo();
  };
}

module.exports = { seeConnecting };
