'use strict';

/** Hooks of `async_hooks.createHook`: Node holds one, and calls it for each resource, from `enable()` to `disable()`. */

const { PrivateField } = require('./registrations.js');
const { createPatches, returning, closing } = require('./patches.js');

const { getPrototypeOf } = Object;

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 * @param {ReturnType<typeof import('./loaded.js').createLoaded>} loaded
 */
function install(context, registrations, loaded) {
  const patches = createPatches();

  function enabled(asyncHook, hook) {
    if (PrivateField.of(asyncHook) !== null) return;
    const life = registrations.open('AsyncHook', hook);
    PrivateField.set(asyncHook, life);
    registrations.watch(life, asyncHook, () => false, 'collect');
  }

  loaded.when('async_hooks', ({ createHook }) => {
    // The class is not exported.
    const prototype = getPrototypeOf(createHook({}));
    patches.wrap(prototype, 'enable', returning(enabled));
    patches.wrap(prototype, 'disable', closing((asyncHook) => PrivateField.of(asyncHook)?.end()));
  });
  return { undo: () => patches.undo() };
}

module.exports = { install };
