'use strict';

/**
 * MessageChannels: one registration for each, which ends when both of its ports are closed, or were
 * given to another thread. Node holds an open port, so one that is garbage was closed.
 */

const workerThreads = require('node:worker_threads');
const { inspect } = require('node:util');
const { construct, apply } = require('../../base/originals.js');
const { copyProperties } = require('../wrap.js');
const { quietly } = require('./registrations.js');

const { defineProperty, getOwnPropertyDescriptor } = Object;
const NAME = 'MessageChannel';

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} lives
 */
function install(context, lives) {
  const { MessagePort } = workerThreads;
  /** The only sign of whether a port is open. */
  const describe = MessagePort.prototype[inspect.custom];
  if (typeof describe !== 'function') throw new TypeError('a MessagePort does not show whether it is open');
  const isClosed = (port) => apply(describe, port, []).active === false;

  function opened(channel, hook) {
    const life = lives.open(NAME, hook);
    let open = 2;
    const half = () => ({ index: -1, end: () => --open === 0 && life.end() });
    for (const port of [channel.port1, channel.port2]) lives.watch(half(), port, isClosed, 'release');
  }

  return { undo: replace(opened) };
}

/** Replaces the constructor, by a bound function so that it prints as native code. Returns what puts it back. */
function replace(opened) {
  const original = workerThreads[NAME];
  let isActive = true;

  function MessageChannel() {
    if (new.target === undefined) return apply(original, this, arguments); // throws
    const channel = new.target === MessageChannel ? new original() : construct(original, arguments, new.target);
    if (isActive) quietly('a handle was not recorded', () => opened(channel, MessageChannel));
    else undo(); // whoever patched over us has put us back
    return channel;
  }
  MessageChannel.prototype = original.prototype;
  const replacement = MessageChannel.bind(undefined);
  copyProperties(original, replacement);

  // Where Node makes it when it is first read, it has been read now.
  const places = [[workerThreads, NAME], [globalThis, NAME], [original.prototype, 'constructor']]
    .filter(([holder, key]) => holder[key] === original)
    .map(([holder, key]) => [holder, key, getOwnPropertyDescriptor(holder, key)]);
  const undo = () => {
    isActive = false;
    for (const [holder, key, before] of places) {
      if (getOwnPropertyDescriptor(holder, key)?.value === replacement) defineProperty(holder, key, before);
    }
  };
  try {
    for (const [holder, key, before] of places) defineProperty(holder, key, { ...before, value: replacement });
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

module.exports = { install };
