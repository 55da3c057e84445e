'use strict';

/**
 * Iterators of `events.on()`: each listens, and keeps what is emitted, until its `return()` is called or its signal
 * aborts. What is looked at is its listener, which the emitter holds: an iterator that nobody holds goes on listening.
 */

const events = require('node:events');
const { classNameOf } = require('../../base/names.js');
const { PrivateField } = require('./registrations.js');
const { createPatches, returning } = require('./patches.js');
const { deref, some } = require('../../base/primordials.js');

const { EventEmitter } = events;
const { isArray } = Array;
const { getOwnPropertyDescriptor } = Object;

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const patches = createPatches();
  const name = 'events.on iterator';

  patches.wrap(events, 'on', returning((iterator, hook, [emitter, event]) => {
    // What Node iterates on its behalf is a part of it.
    if (!(emitter instanceof EventEmitter) || PrivateField.of(emitter) !== null || classNameOf(emitter) === 'Interface') return;
    const list = listOf(emitter, event);
    const listener = isArray(list) ? list.at(-1) : list;
    if (typeof listener !== 'function') return;
    const reference = new WeakRef(emitter);
    const isEnded = (own) => {
      const target = deref(reference);
      const now = target === undefined ? undefined : listOf(target, event);
      return now !== own && !(isArray(now) && some(now, (each) => each === own));
    };
    registrations.watch(registrations.open(name, hook), listener, isEnded, 'release');
  }));
  return { undo: () => patches.undo() };
}

/** What an emitter has for an event: a listener, a list of them, or nothing. */
function listOf(emitter, event) {
  const all = getOwnPropertyDescriptor(emitter, '_events')?.value;
  return typeof all === 'object' && all !== null ? getOwnPropertyDescriptor(all, event)?.value : undefined;
}

module.exports = { install };
