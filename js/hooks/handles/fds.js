'use strict';

/**
 * File descriptors of `fs.open` and `fs.openSync`, and the streams that open a file themselves: a stream's
 * file is opened and closed by `fs.open` and `fs.close`, so that its life is its descriptor's, and goes
 * on when the stream is garbage but not closed.
 */

const fs = require('node:fs');
const { Map, apply } = require('../../base/originals.js');
const { withoutOurs } = require('../../base/own-frames.js');
const { heal } = require('../wrap.js');
const { PrivateField } = require('./registrations.js');
const { createPatches, returning, callingBack } = require('./patches.js');
const { openDescriptors } = require('./descriptors.js');

const { getOwnPropertyDescriptor } = Object;
/** Ticks between checks for descriptors that were closed by code without a hook: 10 s. */
const LOOK_EACH = 40;

/** As `fs.open(path[, flags[, mode]], callback)` finds it. */
const callbackOfOpen = (given) => (given.length < 3 ? 1 : typeof given[2] === 'function' ? 2 : 3);

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const patches = createPatches();
  /** Lives by descriptor. */
  const open = new Map();
  /** The life of the stream that opens its file in the call under way. */
  let constructing = null;

  function opened(fd, life) {
    // A number that is given out again was closed: by native code, or by another thread.
    open.get(fd)?.end();
    open.set(fd, life);
  }

  function closed(fd) {
    const life = open.get(fd);
    if (life === undefined) return;
    open.delete(fd);
    life.end();
  }

  patches.wrap(fs, 'openSync', returning((fd, hook) => {
    if (typeof fd === 'number') opened(fd, registrations.open('fd', hook));
  }));
  patches.wrap(fs, 'open', callingBack(callbackOfOpen, (hook) => {
    const life = constructing;
    constructing = null;
    const opening = life === null ? registrations.openedBy('fd', hook) : null;
    return (error, fd) => {
      if (typeof fd !== 'number') life?.end();
      else if (life === null) opened(fd, registrations.begin(opening));
      else toDescriptor(fd, life);
    };
  }));
  patches.wrap(fs, 'closeSync', (patch) => function closeSync(fd) {
    if (!patch.active) heal(patch);
    try {
      return apply(patch.original, this, arguments);
    } catch (error) {
      throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
    } finally {
      if (patch.active) closed(fd); // it is gone also when closing it has failed
    }
  });
  patches.wrap(fs, 'close', (patch) => function close(fd) {
    let result;
    try {
      result = apply(patch.original, this, arguments);
    } catch (error) {
      throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
    }
    // From now on: its number may be given out before the callback is called.
    if (patch.active) closed(fd);
    else heal(patch);
    return result;
  });

  function toDescriptor(fd, life) {
    if (!life.isOpen) return;
    life.unwatch();
    opened(fd, life);
  }

  /** A stream that did not come by `fs.open` yet: it may open its file in a way of its own. */
  function isStreamOver(stream, life) {
    if (typeof stream.fd !== 'number') return stream.closed === true;
    if (open.has(stream.fd)) return true; // recorded when the descriptor was opened
    toDescriptor(stream.fd, life);
    return false;
  }

  const construct = (patch) => function _construct() {
    if (!patch.active) heal(patch);
    const before = constructing;
    constructing = PrivateField.of(this);
    try {
      return apply(patch.original, this, arguments);
    } catch (error) {
      throw withoutOurs(error, patch.wrapper); // node-do-not-add-exception-line
    } finally {
      constructing = before;
    }
  };

  for (const label of ['ReadStream', 'WriteStream']) {
    patches.wrap(fs, `create${label}`, returning((stream, hook, given) => {
      // With an `fd` or `fs` option it opens nothing.
      if (stream?.fd !== null || hasOwnFs(given[1])) return;
      const life = registrations.open(label, hook);
      PrivateField.set(stream, life);
      registrations.watch(life, stream, isStreamOver, 'collect');
      patches.wrapMethod(stream, '_construct', construct);
    }));
  }

  /** Ends what native code closed, such as a socket on a descriptor: no hook sees that. */
  function look() {
    if (open.size === 0) return;
    const living = openDescriptors(open);
    if (living === null) return;
    open.forEach((_, fd) => {
      if (!living.has(fd)) closed(fd);
    });
  }

  let ticks = 0;
  context.onTick(() => {
    if (++ticks % LOOK_EACH === 0) look();
  });
  context.onLook(look);
  return {
    undo() {
      patches.undo();
      open.clear();
    },
  };
}

/** Whether a stream was given functions to open and close by; found without running a getter of the program's. */
function hasOwnFs(options) {
  if (typeof options !== 'object' || options === null) return false;
  const given = getOwnPropertyDescriptor(options, 'fs');
  return given !== undefined && given.value !== undefined && given.value !== fs;
}

module.exports = { install };
