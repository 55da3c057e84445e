'use strict';

/**
 * MessageChannels: one registration for each, which ends when both of its ports are closed, or were
 * given to another thread. Node holds an open port, so one that is garbage was closed.
 */

const workerThreads = require('node:worker_threads');
const { inspect } = require('node:util');
const { apply } = require('../../base/originals.js');
const { replaceConstructor } = require('./constructors.js');

const NAME = 'MessageChannel';

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const { MessagePort } = workerThreads;
  /** The only sign of whether a port is open. */
  const describe = MessagePort.prototype[inspect.custom];
  if (typeof describe !== 'function') throw new TypeError('a MessagePort does not show whether it is open');
  const isClosed = (port) => apply(describe, port, []).active === false;

  function opened(channel, hook) {
    const life = registrations.open(NAME, hook);
    let open = 2;
    const half = () => ({ index: -1, end: () => --open === 0 && life.end() });
    registrations.watch(half(), channel.port1, isClosed, 'release');
    registrations.watch(half(), channel.port2, isClosed, 'release');
  }

  return { undo: replaceConstructor([[workerThreads, NAME], [globalThis, NAME]], opened, true) };
}

module.exports = { install };
