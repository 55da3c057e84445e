'use strict';

/**
 * What Node publishes on `diagnostics_channel`: sockets that connect, servers that listen, child processes and
 * workers. Node itself holds each of them while it is open, so that one that is garbage was closed.
 */

const { subscribe, unsubscribe } = require('node:diagnostics_channel');
const { classNameOf } = require('../../base/names.js');
const { PrivateField, quietly } = require('./registrations.js');
const { createPatches, closing } = require('./patches.js');
const { seeConnecting } = require('./connecting.js');
const { endsWith, fromLast } = require('../../base/primordials.js');

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();
  const undo = [];
  /** Lives of servers that do not listen yet. */
  const pending = new WeakSet();

  function opened(object, label, hook, isEnded) {
    // A socket may say so twice, when another function that publishes it makes it connect.
    if (typeof object !== 'object' || object === null || PrivateField.of(object) !== null) return;
    const life = registrations.open(labelOf(object, label), hook);
    PrivateField.set(object, life);
    registrations.watch(life, object, isEnded, 'release');
  }

  function on(channel, reported) {
    const subscriber = (message) => quietly('a handle was not recorded', () => reported(message, subscriber));
    subscribe(channel, subscriber);
    undo.push(() => unsubscribe(channel, subscriber));
  }

  /** One that something else opens for itself is that one's. */
  const connects = (socket, hook) => registrations.isCovered() || opened(socket, 'Socket', hook, isDestroyed);
  on('net.client.socket', ({ socket }, hook) => connects(socket, hook));
  undo.push(seeConnecting(loaded, connects));

  on('udp.socket', ({ socket }, hook) => {
    opened(socket, 'dgram.Socket', hook, () => false);
    patches.wrapMethod(socket, 'close', closing((closed) => PrivateField.of(closed)?.end()));
  });

  const isOver = (server) => server.listening === false && !pending.has(server);
  on('tracing:net.server.listen:asyncStart', ({ server }, hook) => {
    pending.add(server);
    opened(server, 'Server', hook, isOver);
  });
  on('tracing:net.server.listen:asyncEnd', ({ server }) => pending.delete(server));
  on('tracing:net.server.listen:error', ({ server }) => {
    pending.delete(server);
    PrivateField.of(server)?.end();
  });

  on('child_process', ({ process: child }, hook) => opened(child, 'ChildProcess', hook, hasExited));
  on('worker_threads', ({ worker }, hook) => opened(worker, 'Worker', hook, (it) => it.threadId === -1));

  return {
    undo() {
      fromLast(undo, (each) => each());
      patches.undo();
    },
  };
}

/** The class of what Node or a program derives from it, where its name says what it is: `TLSSocket`, `Http2Server`. */
function labelOf(object, label) {
  const name = classNameOf(object);
  return endsWith(name, label) ? name : label;
}

function isDestroyed(socket) {
  return socket.destroyed === true;
}

/** Also one that could not be started: it never had a code. */
function hasExited(child) {
  return (child.exitCode ?? child.signalCode ?? null) !== null || child._handle === null;
}

module.exports = { install };
