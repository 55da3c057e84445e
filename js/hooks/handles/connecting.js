'use strict';

/**
 * Sockets that connect where Node does not say so: before Node 22 only `net.connect()` does, not
 * `new net.Socket().connect()`, nor what `tls.connect()` makes.
 */

const { wrap, heal } = require('../wrap.js');
const { apply } = require('../../base/originals.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { quietly } = require('./registrations.js');

/**
 * Sees them once the program has loaded `node:net`.
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 * @param {(socket: object, hook: Function) => void} connects
 * @returns {() => void} puts everything back
 */
function seeConnecting(loaded, connects) {
  if (Number(process.versions.node.split('.')[0]) >= 22) return () => {};
  let patch = null;
  loaded.when('net', (net) => {
    patch = wrap([net.Socket.prototype], ['connect'], (made) => function connect() {
      let socket;
      try {
        socket = apply(made.original, this, arguments);
      } catch (error) {
        throw withoutOurs(error, made.wrapper); // node-do-not-add-exception-line
      }
      if (made.active) quietly('a handle was not recorded', () => connects(this, made.wrapper));
      else heal(made);
      return socket;
    });
  });
  return () => patch?.undo();
}

module.exports = { seeConnecting };
