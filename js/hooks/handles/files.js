'use strict';

/** FileHandles of `fs.promises.open`, and directories of `fs.opendir`, `opendirSync` and `fs.promises.opendir`. */

const fs = require('node:fs');
const promises = require('node:fs/promises');
const { apply } = require('../../base/originals.js');
const { wrap } = require('../wrap.js');
const { FieldHost } = require('../private-field.js');
const { PrivateField, quietly } = require('./registrations.js');
const { createPatches, returning, callingBack, promising, closing } = require('./patches.js');

const { getOwnPropertyDescriptor } = Object;

/**
 * @param {import('../context.js').Context} context
 * @param {ReturnType<typeof import('./registrations.js').createRegistrations>} registrations
 */
function install(context, registrations) {
  const patches = createPatches();

  /** Node closes both when they are garbage, and warns or throws: collected. */
  function fileOpened(file, opening) {
    if (typeof file?.fd !== 'number') return;
    const life = registrations.begin(opening);
    registrations.watch(life, file, isFileClosed, 'collect');
    seeClosing(registrations, file, life);
  }

  function directoryOpened(directory, opening) {
    if (!(directory instanceof fs.Dir)) return;
    const life = registrations.begin(opening);
    PrivateField.set(directory, life);
    registrations.watch(life, directory, () => false, 'collect');
  }

  patches.wrap(promises, 'open', promising((hook) => {
    const opening = registrations.openedBy('FileHandle', hook);
    return (file) => fileOpened(file, opening);
  }));
  patches.wrap(promises, 'opendir', promising((hook) => {
    const opening = registrations.openedBy('Dir', hook);
    return (directory) => directoryOpened(directory, opening);
  }));
  patches.wrap(fs, 'opendir', callingBack((given) => (typeof given[1] === 'function' ? 1 : 2), (hook) => {
    const opening = registrations.openedBy('Dir', hook);
    return (error, directory) => directoryOpened(directory, opening);
  }));
  patches.wrap(fs, 'opendirSync', returning((directory, hook) => directoryOpened(directory, registrations.openedBy('Dir', hook))));
  // All other ways to close a directory call one of these.
  for (const key of ['close', 'closeSync']) {
    patches.wrap(fs.Dir.prototype, key, closing((directory) => PrivateField.of(directory)?.end()));
  }
  return { undo: () => patches.undo() };
}

function isFileClosed(file) {
  return file.fd === -1;
}

/** What to restore on a FileHandle: only the file may retain it. */
class Closing extends FieldHost {
  #patch = null;

  constructor(object) {
    super(object);
  }

  static set(file, patch) {
    new Closing(file).#patch = patch;
  }

  static putBack(file) {
    file.#patch.undo();
  }
}

/** Each FileHandle has a `close` of its own, and every way to close it calls that. It closes once nothing reads from it. */
function seeClosing(registrations, file, life) {
  if (typeof getOwnPropertyDescriptor(file, 'close')?.value !== 'function') return;
  const patch = wrap([file], ['close'], () => function close() {
    const result = apply(patch.original, this, arguments);
    quietly("a handle's end was not recorded", () => {
      // Node closes it when what reads from it has ended, and it may be garbage before that is seen.
      if (file.fd !== -1) return registrations.willEnd(life);
      life.end();
      patch.undo();
    });
    return result;
  });
  Closing.set(file, patch);
  life.putBack = Closing.putBack;
}

module.exports = { install };
